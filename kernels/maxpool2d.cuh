// Max-pooling over planes. x, dx [planes, h, w]; y, dy, switches [planes, oh, ow].
//
//   forward   y = the maximum of each window, switches = where it was, row * w + column in its plane: the first of
//             equal maxima, and the last NaN if there is one
//   backward  dx = the sum, in the windows' order, of the dy whose switch points here. It is gathered: each strip of
//             pixels looks at the windows that hold it. The switches are those of the forward pass, so each lies in its
//             window.
//
// Copies and sums in the CPU's order: equal to it bit for bit.
#pragma once

#include "pool.cuh"

template <int N, typename T>
__device__ inline void maxpool2d_forward(
    const T* __restrict__ x, T* __restrict__ y, int* __restrict__ switches, long long planes, Pool g) {
    map_planes(planes, g.windows(), [=](int window) {
        const Range rows = g.rows(window / g.ow), columns = g.columns(window % g.ow);
        return [=](long long p) {
            const T* plane = x + p * g.cells();
            T maximum = -INFINITY;
            int best = rows.start * g.w + columns.start;
            auto load = [=](int r, int c) { return plane[r * g.w + c]; };
            for_each<N, N>(rows, columns, load, [&](T value, int r, int c) {
                if (value > maximum || value != value) {
                    maximum = value;
                    best = r * g.w + c;
                }
            });
            y[p * g.windows() + window] = maximum;
            switches[p * g.windows() + window] = best;
        };
    });
}

// What a window sends back, and to which cell.
template <typename T>
struct Sent {
    int to;
    T value;
};

template <int Height, int R, int C, typename T>
__device__ inline void maxpool2d_backward(
    const T* __restrict__ dy, const int* __restrict__ switches, T* __restrict__ dx, long long planes, Pool g) {
    map_strips<Height>(planes, g, [=](int top, int column) {
        const Range rows = g.windows_of_rows(top, Height), columns = g.windows_of_column(column);
        return [=](long long p, T (&sum)[Height]) {
            const int* to = switches + p * g.windows();
            const T* up = dy + p * g.windows();
            // Both are read whether the value is wanted or not, so that no load waits for another.
            auto load = [=](int r, int c) { return Sent<T>{to[r * g.ow + c], up[r * g.ow + c]}; };
            for_each<R, C>(rows, columns, load, [&](Sent<T> sent, int, int) {
#pragma unroll
                for (int j = 0; j < Height; j++)
                    if (sent.to == (top + j) * g.w + column) sum[j] += sent.value;
            });
        };
    }, dx);
}

#define MAXPOOL2D(T, suffix)                                                                                   \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) maxpool2d_forward_##suffix(                    \
        const T* __restrict__ x, T* __restrict__ y, int* __restrict__ switches, long long planes,              \
        POOL_PARAMETERS) {                                                                                     \
        const Pool g = {POOL_ARGUMENTS};                                                                       \
        g.usual() ? maxpool2d_forward<3>(x, y, switches, planes, g)                                            \
                  : maxpool2d_forward<0>(x, y, switches, planes, g);                                           \
    }                                                                                                          \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) maxpool2d_backward_##suffix(                   \
        const T* __restrict__ dy, const int* __restrict__ switches, T* __restrict__ dx, long long planes,      \
        POOL_PARAMETERS) {                                                                                     \
        const Pool g = {POOL_ARGUMENTS};                                                                       \
        g.usual() ? maxpool2d_backward<kStrip, 3, 2>(dy, switches, dx, planes, g)                              \
                  : maxpool2d_backward<1, 0, 0>(dy, switches, dx, planes, g);                                  \
    }

MAXPOOL2D(float, f32)
MAXPOOL2D(double, f64)

#undef MAXPOOL2D
