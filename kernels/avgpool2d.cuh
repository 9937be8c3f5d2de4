// Average pooling over planes, and its undoing. x, dx [planes, h, w] are the large sides of pooling, y, dy
// [planes, oh, ow] the small ones; unpooling has the geometry of the pooling that it undoes.
//
//   pool forward      y = the sum of each window over its divisor (its cells, with or without those of the padding)
//   pool backward     dx = the sum of dy over its divisor, of the windows that hold the cell
//   unpool forward    large = the small value of the last window that holds the cell (overwrite), or the sum of all
//                     (accumulate); 0 where none does
//   unpool backward   small = the sum of the cells that took its value
//
// All are gathers whose sums run in the CPU's order: equal to it bit for bit.
#pragma once

#include "pool.cuh"

template <typename T>
__device__ inline void avgpool2d_forward(
    const T* __restrict__ x, T* __restrict__ y, long long planes, Pool g, bool with_padding) {
    map_planes(planes, g.windows(), [=](int window) {
        const Range rows = g.rows(window / g.ow), columns = g.columns(window % g.ow);
        const T divisor = g.divisor(with_padding, window / g.ow, window % g.ow);
        return [=](long long p) {
            T sum = 0;
#pragma unroll 1
            for (int r = rows.start; r < rows.end; r++)
#pragma unroll 1
                for (int c = columns.start; c < columns.end; c++) sum += x[p * g.cells() + r * g.w + c];
            y[p * g.windows() + window] = sum / divisor;
        };
    });
}

template <typename T>
__device__ inline void avgpool2d_backward(
    const T* __restrict__ dy, T* __restrict__ dx, long long planes, Pool g, bool with_padding) {
    map_planes(planes, g.cells(), [=](int cell) {
        const Range rows = g.windows_of_row(cell / g.w), columns = g.windows_of_column(cell % g.w);
        return [=](long long p) {
            T sum = 0;
#pragma unroll 1
            for (int r = rows.start; r < rows.end; r++)
#pragma unroll 1
                for (int c = columns.start; c < columns.end; c++)
                    sum += dy[p * g.windows() + r * g.ow + c] / static_cast<T>(g.divisor(with_padding, r, c));
            dx[p * g.cells() + cell] = sum;
        };
    });
}

// In overwrite mode only the last of a range of windows counts.
__device__ inline Range counted(Range windows, bool accumulate) {
    return {accumulate ? windows.start : max(windows.start, windows.end - 1), windows.end};
}

template <typename T>
__device__ inline void avgunpool2d_forward(
    const T* __restrict__ x, T* __restrict__ y, long long planes, Pool g, bool accumulate) {
    map_planes(planes, g.cells(), [=](int cell) {
        const Range rows = counted(g.windows_of_row(cell / g.w), accumulate);
        const Range columns = counted(g.windows_of_column(cell % g.w), accumulate);
        return [=](long long p) {
            // Not 0 + x in overwrite mode, which would lose the sign of -0.
            T value = 0;
#pragma unroll 1
            for (int r = rows.start; r < rows.end; r++)
#pragma unroll 1
                for (int c = columns.start; c < columns.end; c++) {
                    const T here = x[p * g.windows() + r * g.ow + c];
                    value = accumulate ? value + here : here;
                }
            y[p * g.cells() + cell] = value;
        };
    });
}

template <typename T>
__device__ inline void avgunpool2d_backward(
    const T* __restrict__ dy, T* __restrict__ dx, long long planes, Pool g, bool accumulate) {
    map_planes(planes, g.windows(), [=](int window) {
        const int oh = window / g.ow, ow = window % g.ow;
        Range rows = g.rows(oh), columns = g.columns(ow);
        if (!accumulate) {
            // Where the next window starts, this one is no longer the last.
            if (oh + 1 < g.oh) rows.end = min(rows.end, g.rows(oh + 1).start);
            if (ow + 1 < g.ow) columns.end = min(columns.end, g.columns(ow + 1).start);
        }
        return [=](long long p) {
            T sum = 0;
#pragma unroll 1
            for (int r = rows.start; r < rows.end; r++)
#pragma unroll 1
                for (int c = columns.start; c < columns.end; c++) sum += dy[p * g.cells() + r * g.w + c];
            dx[p * g.windows() + window] = sum;
        };
    });
}

#define AVGPOOL2D(op, direction, in, out, flag, T, suffix)                                                      \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) op##_##direction##_##suffix(                    \
        const T* __restrict__ in, T* __restrict__ out, long long planes, POOL_PARAMETERS, int flag) {           \
        op##_##direction(in, out, planes, Pool{POOL_ARGUMENTS}, flag != 0);                                     \
    }

AVGPOOL2D(avgpool2d, forward, x, y, with_padding, float, f32)
AVGPOOL2D(avgpool2d, forward, x, y, with_padding, double, f64)
AVGPOOL2D(avgpool2d, backward, dy, dx, with_padding, float, f32)
AVGPOOL2D(avgpool2d, backward, dy, dx, with_padding, double, f64)
AVGPOOL2D(avgunpool2d, forward, x, y, accumulate, float, f32)
AVGPOOL2D(avgunpool2d, forward, x, y, accumulate, double, f64)
AVGPOOL2D(avgunpool2d, backward, dy, dx, accumulate, float, f32)
AVGPOOL2D(avgunpool2d, backward, dy, dx, accumulate, double, f64)

#undef AVGPOOL2D
