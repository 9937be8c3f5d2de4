// Rows that threads go through several times: in memory, or in a warp's registers. Both have the same members, so that a
// kernel's maths is written once:
//
//   for_each(f)              f(value, c) for this thread's elements c
//   for_each_with(other, f)  f(value, other's, c)
//   write(to, f)             to[c] = f(value, c), to laid out as the row is
//   write_with(to, other, f)
#pragma once

#include "reduce.cuh"

// In memory: elements step apart, of which a lane takes every Lanes-th.
template <int Lanes, typename T>
struct MemoryRow {
    const T* first;
    int size;
    long long step;

    template <typename F>
    __device__ void for_each(F f) const {
#pragma unroll kAhead<T>
        for (int c = threadIdx.x % Lanes; c < size; c += Lanes) f(first[c * step], c);
    }

    template <typename F>
    __device__ void for_each_with(const MemoryRow& other, F f) const {
#pragma unroll kAhead<T>
        for (int c = threadIdx.x % Lanes; c < size; c += Lanes) f(first[c * step], other.first[c * step], c);
    }

    template <typename F>
    __device__ void write(T* __restrict__ to, F f) const {
        for_each([=](T value, int c) { to[c * step] = f(value, c); });
    }

    template <typename F>
    __device__ void write_with(T* __restrict__ to, const MemoryRow& other, F f) const {
        for_each_with(other, [=](T value, T of, int c) { to[c * step] = f(value, of, c); });
    }
};

// In a warp's registers: read once, sixteen bytes a load, all loads on their way together.
template <typename T>
struct WarpRow {
    static constexpr int kLoads = 8;
    static constexpr int W = kPack<T>;

    int size;
    Pack<T, W> at[kLoads];

    // Whether it can: rows of whole packs, aligned to them and short enough. float64 is not for speed: memory is enough.
    template <typename... Matrix>
    __device__ static bool holds(int size, const Matrix*... matrices) {
        return sizeof(T) == 4 && size % W == 0 && size <= kWarp * W * kLoads && aligned16(matrices...);
    }

    __device__ WarpRow(const T* row, int size) : size(size) {
#pragma unroll
        for (int i = 0; i < kLoads; i++) {
            at[i] = {};
            if (place(i) < size) at[i] = *reinterpret_cast<const Pack<T, W>*>(row + place(i));
        }
    }

    template <typename F>
    __device__ void for_each(F f) const {
        for_each_with(*this, [=](T value, T, int c) { f(value, c); });
    }

    template <typename F>
    __device__ void for_each_with(const WarpRow& other, F f) const {
#pragma unroll
        for (int i = 0; i < kLoads; i++)
            if (place(i) < size)
#pragma unroll
                for (int j = 0; j < W; j++) f(at[i].at[j], other.at[i].at[j], place(i) + j);
    }

    template <typename F>
    __device__ void write(T* __restrict__ to, F f) const {
        write_with(to, *this, [=](T value, T, int c) { return f(value, c); });
    }

    template <typename F>
    __device__ void write_with(T* __restrict__ to, const WarpRow& other, F f) const {
#pragma unroll
        for (int i = 0; i < kLoads; i++)
            if (place(i) < size) {
                Pack<T, W> out;
#pragma unroll
                for (int j = 0; j < W; j++) out.at[j] = f(at[i].at[j], other.at[i].at[j], place(i) + j);
                *reinterpret_cast<Pack<T, W>*>(to + place(i)) = out;
            }
    }

private:
    // Where this thread's pack i begins.
    __device__ static int place(int i) { return (i * kWarp + static_cast<int>(threadIdx.x) % kWarp) * W; }
};
