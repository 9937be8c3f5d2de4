// Local response normalisation of x [n, c, h, w], across channels or within a channel (a square in its plane).
//
//   s = k + share * sum of x^2 over the window of a cell, share = alpha / cells of a whole window
//   forward         y = x * s^-beta
//   backward        dx_j = dy_j s_j^-beta - sum over the windows i that hold j of pull_i x_j,
//                   pull_i = 2 share beta dy_i x_i s_i^(-beta-1)
//   backward_own    dx = the first term, pull = as above, for the second kernel
//   backward_pull   dx -= the sum, which gathers pull over the mirrored window
//
// The window of a cell reaches size/2 before it and (size-1)/2 after it. Sums run in the CPU's order; only the power
// differs from the CPU's, in its last places.
#pragma once

#include "exact.cuh"
#include "planes.cuh"

struct Norm {
    int n, c, h, w, size, across;
};

// A window's cells: rows of them, each step elements after the other.
struct NormWindow {
    long long first;
    int rows, columns;
    long long step;
};

__device__ inline Range reach(int at, int before, int after, int size) {
    // As size itself may be any number, the window's end may pass 2^31.
    return {max(at - before, 0), static_cast<int>(min(static_cast<long long>(at) + after, size - 1LL)) + 1};
}

// Calls visit(cell, window) for every cell. There are fewer than 2^31 maps, n times c.
template <typename F>
__device__ inline void map_norm(Norm g, int before, int after, F visit) {
    const int plane = g.h * g.w;
    map_planes(static_cast<long long>(g.n) * g.c, plane, [=](int i) {
        const int row = i / g.w, column = i % g.w;
        const Range rows = reach(row, before, after, g.h), columns = reach(column, before, after, g.w);
        return [=](long long p) {
            const long long base = p * plane;
            NormWindow window = {
                base + rows.start * g.w + columns.start, rows.end - rows.start, columns.end - columns.start, g.w};
            if (g.across != 0) {
                const int channel = static_cast<int>(p) % g.c;
                const Range maps = reach(channel, before, after, g.c);
                const long long first = base + i - static_cast<long long>(channel - maps.start) * plane;
                window = {first, maps.end - maps.start, 1, plane};
            }
            visit(base + i, window);
        };
    });
}

template <typename F>
__device__ inline void for_each_cell(const NormWindow& window, F f) {
    long long row = window.first;
#pragma unroll 1
    for (int r = 0; r < window.rows; r++, row += window.step)
#pragma unroll 1
        for (int c = 0; c < window.columns; c++) f(row + c);
}

template <typename T>
__device__ inline T normaliser(const T* __restrict__ x, const NormWindow& window, T share, T k) {
    T squares = 0;
    for_each_cell(window, [&](long long at) { squares = add_rn(squares, mul_rn(x[at], x[at])); });
    return add_rn(k, mul_rn(share, squares));
}

template <typename T>
__device__ inline void lrn_forward(const T* __restrict__ x, T* __restrict__ y, Norm g, T share, T beta, T k) {
    map_norm(g, g.size / 2, (g.size - 1) / 2, [=](long long cell, const NormWindow& window) {
        y[cell] = x[cell] * pow(normaliser(x, window, share, k), -beta);
    });
}

template <typename T>
__device__ inline void lrn_backward_own(
    const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx, T* __restrict__ pull, Norm g, T share,
    T beta, T k, T factor) {
    map_norm(g, g.size / 2, (g.size - 1) / 2, [=](long long cell, const NormWindow& window) {
        const T s = normaliser(x, window, share, k);
        const T up = dy[cell];
        T* to = dx;
        T head = up, exponent = -beta;
        // A power is long; a loop keeps it once.
#pragma unroll 1
        for (int term = 0; term < 2; term++) {
            to[cell] = head * pow(s, exponent);
            to = pull;
            head = factor * up * x[cell];
            exponent -= 1;
        }
    });
}

template <typename T>
__device__ inline void lrn_backward_pull(
    const T* __restrict__ x, const T* __restrict__ pull, T* __restrict__ dx, Norm g) {
    map_norm(g, (g.size - 1) / 2, g.size / 2, [=](long long cell, const NormWindow& window) {
        const T value = x[cell];
        T result = dx[cell];
        for_each_cell(window, [&](long long at) { result = sub_rn(result, mul_rn(pull[at], value)); });
        dx[cell] = result;
    });
}

#define NORM_PARAMETERS int n, int c, int h, int w, int size, int across
#define NORM_ARGUMENTS n, c, h, w, size, across

#define LRN(T, suffix)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) lrn_forward_##suffix(                                  \
        const T* __restrict__ x, T* __restrict__ y, NORM_PARAMETERS, T share, T beta, T k) {                           \
        lrn_forward(x, y, Norm{NORM_ARGUMENTS}, share, beta, k);                                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) lrn_backward_own_##suffix(                             \
        const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx, T* __restrict__ pull, NORM_PARAMETERS,  \
        T share, T beta, T k, T factor) {                                                                              \
        lrn_backward_own(x, dy, dx, pull, Norm{NORM_ARGUMENTS}, share, beta, k, factor);                               \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) lrn_backward_pull_##suffix(                            \
        const T* __restrict__ x, const T* __restrict__ pull, T* __restrict__ dx, NORM_PARAMETERS) {                    \
        lrn_backward_pull(x, pull, dx, Norm{NORM_ARGUMENTS});                                                          \
    }

LRN(float, f32)
LRN(double, f64)

#undef LRN
