// Max-unpooling over planes, by switches that may point anywhere in their plane. x, dx, switches [planes, pooled];
// y, dy [planes, plane].
//
//   forward overwrite     y = 0, then each x put to its switch; of several the last in row-major order stays
//   forward accumulate    y = 0, then each x added to its switch, in row-major order
//   backward overwrite    dx = dy at the switch; 0 for a value that a later one overwrote
//   backward accumulate   dx = dy at the switch
//
// A block takes a tile of y: several whole planes, or a part of one that is too large. Whose switch points where is
// settled in shared memory, by integer atomics whose result does not depend on their order; then y is written in one
// go. Equal to the CPU bit for bit. A tile reads all switches of its planes: planes of very many tiles take their time.
// Blocks along x take planes, along y the parts of a plane.
//
// fault (or null) receives the smallest number of an element whose switch lies outside its plane; such an element is
// left out. The caller sets it to ~0 before.
#pragma once

#include "planes.cuh"
#include "reduce.cuh"

constexpr int kUnpoolThreads = 256;
constexpr int kUnpoolTile = 6144;     // pixels of a tile that keeps their winners: 24 KiB
constexpr int kUnpoolSumTile = 4096;  // pixels of a tile that keeps sums too: 32 KiB, in float64 48 KiB

// What one block works on: planes [first, first + inputs / pooled), of them the pixels from begin on.
struct UnpoolTile {
    long long first;
    int begin, size, inputs;
};

struct Unpool {
    long long planes;
    int pooled, plane;
    // Planes of a tile; tiles of a plane. One of them is 1.
    int per_tile, parts;

    // Calls work(tile) for this block's tiles of at most Tile pixels.
    template <int Tile, typename F>
    __device__ void for_each_tile(F work) const {
        const long long step = gridDim.x * static_cast<long long>(per_tile);
#pragma unroll 1
        for (long long first = blockIdx.x * static_cast<long long>(per_tile); first < planes; first += step) {
            const int count = static_cast<int>(min(static_cast<long long>(per_tile), planes - first));
#pragma unroll 1
            for (int part = blockIdx.y; part < parts; part += gridDim.y) {
                const int begin = part * Tile;
                work(UnpoolTile{first, begin, min(Tile, count * plane - begin), count * pooled});
                // All have read what is shared before the next tile writes it.
                __syncthreads();
            }
        }
    }

    // Where an input of a tile goes, counted from the tile's first pixel; outside [0, size) if it is not of this tile.
    __device__ int target(const UnpoolTile& tile, int input, int at) const {
        return input / pooled * plane + at - tile.begin;
    }

    __device__ bool inside(int at) const { return static_cast<unsigned>(at) < static_cast<unsigned>(plane); }
};

__device__ inline void report(unsigned long long* fault, long long element) {
    if (fault != nullptr) atomicMin(fault, static_cast<unsigned long long>(element));
}

// winner[j] = the last input whose switch points to pixel j of the tile, or -1.
__device__ inline void unpool_winners(
    const int* __restrict__ switches, int* winner, const Unpool& g, const UnpoolTile& tile, unsigned long long* fault) {
#pragma unroll 1
    for (int j = threadIdx.x; j < tile.size; j += kUnpoolThreads) winner[j] = -1;
    __syncthreads();
#pragma unroll 1
    for (unsigned i = threadIdx.x; i < tile.inputs; i += kUnpoolThreads) {
        const int at = switches[tile.first * g.pooled + i];
        if (!g.inside(at)) {
            report(fault, tile.first * g.pooled + i);
            continue;
        }
        const int target = g.target(tile, i, at);
        if (static_cast<unsigned>(target) < static_cast<unsigned>(tile.size))
            atomicMax(&winner[target], static_cast<int>(i));
    }
    __syncthreads();
}

template <typename T>
__device__ inline void maxunpool2d_forward_overwrite(
    const T* __restrict__ x, const int* __restrict__ switches, T* __restrict__ y, Unpool g, unsigned long long* fault) {
    __shared__ int winner[kUnpoolTile];
    g.for_each_tile<kUnpoolTile>([&](const UnpoolTile& tile) {
        unpool_winners(switches, winner, g, tile, fault);
#pragma unroll kAhead<T>
        for (int j = threadIdx.x; j < tile.size; j += kUnpoolThreads) {
            const int input = winner[j];
            y[tile.first * g.plane + tile.begin + j] = input < 0 ? T(0) : x[tile.first * g.pooled + input];
        }
    });
}

template <typename T>
__device__ inline void maxunpool2d_backward_overwrite(
    const T* __restrict__ dy, const int* __restrict__ switches, T* __restrict__ dx, Unpool g,
    unsigned long long* fault) {
    __shared__ int winner[kUnpoolTile];
    g.for_each_tile<kUnpoolTile>([&](const UnpoolTile& tile) {
        unpool_winners(switches, winner, g, tile, fault);
#pragma unroll 1
        for (unsigned i = threadIdx.x; i < tile.inputs; i += kUnpoolThreads) {
            const long long element = tile.first * g.pooled + i;
            const int at = switches[element];
            // An input without a pixel is the first part's to write.
            const int target = g.inside(at) ? g.target(tile, i, at) : -tile.begin;
            if (static_cast<unsigned>(target) >= static_cast<unsigned>(tile.size)) continue;
            dx[element] = g.inside(at) && winner[target] == i ? dy[tile.first * g.plane + tile.begin + target] : T(0);
        }
    });
}

// Round by round the first input that still waits for a pixel is added to it, by its thread: so the sums have one
// order. A round is over when all have voted; the rounds are as many as the windows that chose one pixel. A thread
// knows by a bit each which of its 32 inputs wait; further inputs come after.
template <typename T>
__device__ inline void maxunpool2d_forward_accumulate(
    const T* __restrict__ x, const int* __restrict__ switches, T* __restrict__ y, Unpool g, unsigned long long* fault) {
    constexpr int kNobody = 0x7fffffff;
    __shared__ T sum[kUnpoolSumTile];
    __shared__ int next[kUnpoolSumTile];
    g.for_each_tile<kUnpoolSumTile>([&](const UnpoolTile& tile) {
        const int* at = switches + tile.first * g.pooled;
#pragma unroll 1
        for (int j = threadIdx.x; j < tile.size; j += kUnpoolThreads) {
            sum[j] = 0;
            next[j] = kNobody;
        }
#pragma unroll 1
        for (unsigned start = threadIdx.x; start - threadIdx.x < tile.inputs; start += 32 * kUnpoolThreads) {
            unsigned waiting = 0;
#pragma unroll 1
            for (int bit = 0; bit < 32; bit++) {
                const unsigned i = start + bit * kUnpoolThreads;
                if (i >= tile.inputs) break;
                if (!g.inside(at[i])) {
                    report(fault, tile.first * g.pooled + i);
                    continue;
                }
                const int target = g.target(tile, i, at[i]);
                if (static_cast<unsigned>(target) < static_cast<unsigned>(tile.size)) waiting |= 1u << bit;
            }
            auto input = [=](unsigned bits) { return static_cast<int>(start + (__ffs(bits) - 1) * kUnpoolThreads); };
#pragma unroll 1
            while (__syncthreads_or(waiting)) {
#pragma unroll 1
                for (unsigned rest = waiting; rest != 0; rest &= rest - 1)
                    atomicMin(&next[g.target(tile, input(rest), at[input(rest)])], input(rest));
                __syncthreads();
                unsigned added = 0;
#pragma unroll 1
                for (unsigned rest = waiting; rest != 0; rest &= rest - 1) {
                    const int i = input(rest), target = g.target(tile, i, at[i]);
                    if (next[target] != i) continue;
                    sum[target] += x[tile.first * g.pooled + i];
                    added |= rest & (0u - rest);
                }
                __syncthreads();
                waiting ^= added;
#pragma unroll 1
                for (unsigned rest = added; rest != 0; rest &= rest - 1)
                    next[g.target(tile, input(rest), at[input(rest)])] = kNobody;
            }
        }
#pragma unroll 1
        for (int j = threadIdx.x; j < tile.size; j += kUnpoolThreads) y[tile.first * g.plane + tile.begin + j] = sum[j];
    });
}

template <typename T>
__device__ inline void maxunpool2d_backward_accumulate(
    const T* __restrict__ dy, const int* __restrict__ switches, T* __restrict__ dx, Unpool g,
    unsigned long long* fault) {
    map_planes(g.planes, g.pooled, [=](int i) {
        return [=](long long p) {
            const int at = switches[p * g.pooled + i];
            if (!g.inside(at)) report(fault, p * g.pooled + i);
            dx[p * g.pooled + i] = g.inside(at) ? dy[p * g.plane + at] : T(0);
        };
    });
}

#define MAXUNPOOL2D(direction, threads, in, out, T, suffix)                                                       \
    extern "C" __global__ void __launch_bounds__(threads) maxunpool2d_##direction##_##suffix(                     \
        const T* __restrict__ in, const int* __restrict__ switches, T* __restrict__ out, long long planes,        \
        int pooled, int plane, int per_tile, int parts, unsigned long long* fault) {                              \
        maxunpool2d_##direction(in, switches, out, Unpool{planes, pooled, plane, per_tile, parts}, fault);        \
    }

MAXUNPOOL2D(forward_overwrite, kUnpoolThreads, x, y, float, f32)
MAXUNPOOL2D(forward_overwrite, kUnpoolThreads, x, y, double, f64)
MAXUNPOOL2D(forward_accumulate, kUnpoolThreads, x, y, float, f32)
MAXUNPOOL2D(forward_accumulate, kUnpoolThreads, x, y, double, f64)
MAXUNPOOL2D(backward_overwrite, kUnpoolThreads, dy, dx, float, f32)
MAXUNPOOL2D(backward_overwrite, kUnpoolThreads, dy, dx, double, f64)
MAXUNPOOL2D(backward_accumulate, kPlaneThreads, dy, dx, float, f32)
MAXUNPOOL2D(backward_accumulate, kPlaneThreads, dy, dx, double, f64)

#undef MAXUNPOOL2D
