// Max-pooling over planes. x, dx [planes, h, w]; y, dy, switches [planes, oh, ow].
//
//   forward   y = the maximum of each window, switches = where it was, row * w + column in its plane: the first of
//             equal maxima, and the last NaN if there is one
//   backward  dx = the sum, in the windows' order, of the dy whose switch points here. It is gathered: each pixel looks
//             at the windows that hold it. The switches are those of the forward pass, so each lies in its window.
//
// Copies and sums in the CPU's order: equal to it bit for bit.
#pragma once

#include "pool.cuh"

template <typename T>
__device__ inline void maxpool2d_forward(
    const T* __restrict__ x, T* __restrict__ y, int* __restrict__ switches, long long planes, Pool g) {
    map_planes(planes, g.windows(), [=](int window) {
        const Range rows = g.rows(window / g.ow), columns = g.columns(window % g.ow);
        return [=](long long p) {
            const T* plane = x + p * g.cells();
            T maximum = -INFINITY;
            int best = rows.start * g.w + columns.start;
#pragma unroll 1
            for (int r = rows.start; r < rows.end; r++)
#pragma unroll 1
                for (int c = columns.start; c < columns.end; c++) {
                    const T value = plane[r * g.w + c];
                    if (value > maximum || value != value) {
                        maximum = value;
                        best = r * g.w + c;
                    }
                }
            y[p * g.windows() + window] = maximum;
            switches[p * g.windows() + window] = best;
        };
    });
}

template <typename T>
__device__ inline void maxpool2d_backward(
    const T* __restrict__ dy, const int* __restrict__ switches, T* __restrict__ dx, long long planes, Pool g) {
    map_planes(planes, g.cells(), [=](int cell) {
        const Range rows = g.windows_of_row(cell / g.w), columns = g.windows_of_column(cell % g.w);
        return [=](long long p) {
            const long long base = p * g.windows();
            T sum = 0;
#pragma unroll 1
            for (int r = rows.start; r < rows.end; r++)
#pragma unroll 1
                for (int c = columns.start; c < columns.end; c++) {
                    const int window = r * g.ow + c;
                    if (switches[base + window] == cell) sum += dy[base + window];
                }
            dx[p * g.cells() + cell] = sum;
        };
    });
}

#define MAXPOOL2D(T, suffix)                                                                                   \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) maxpool2d_forward_##suffix(                    \
        const T* __restrict__ x, T* __restrict__ y, int* __restrict__ switches, long long planes,              \
        POOL_PARAMETERS) {                                                                                     \
        maxpool2d_forward(x, y, switches, planes, Pool{POOL_ARGUMENTS});                                       \
    }                                                                                                          \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) maxpool2d_backward_##suffix(                   \
        const T* __restrict__ dy, const int* __restrict__ switches, T* __restrict__ dx, long long planes,      \
        POOL_PARAMETERS) {                                                                                     \
        maxpool2d_backward(dy, switches, dx, planes, Pool{POOL_ARGUMENTS});                                    \
    }

MAXPOOL2D(float, f32)
MAXPOOL2D(double, f64)

#undef MAXPOOL2D
