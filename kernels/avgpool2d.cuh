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

template <int N, typename T>
__device__ inline void avgpool2d_forward(
    const T* __restrict__ x, T* __restrict__ y, long long planes, Pool g, bool with_padding) {
    map_planes(planes, g.windows(), [=](int window) {
        const Range rows = g.rows(window / g.ow), columns = g.columns(window % g.ow);
        const T divisor = g.divisor(with_padding, window / g.ow, window % g.ow);
        return [=](long long p) {
            T sum = 0;
            auto load = [=](int r, int c) { return x[p * g.cells() + r * g.w + c]; };
            for_each<N>(rows, columns, load, [&](T value, int, int) { sum += value; });
            y[p * g.windows() + window] = sum / divisor;
        };
    });
}

template <int N, typename T>
__device__ inline void avgpool2d_backward(
    const T* __restrict__ dy, T* __restrict__ dx, long long planes, Pool g, bool with_padding) {
    map_planes(planes, g.cells(), [=](int cell) {
        const Range rows = g.windows_of_row(cell / g.w), columns = g.windows_of_column(cell % g.w);
        return [=](long long p) {
            T sum = 0;
            auto load = [=](int r, int c) { return dy[p * g.windows() + r * g.ow + c]; };
            for_each<N>(rows, columns, load, [&](T value, int r, int c) {
                sum += value / static_cast<T>(g.divisor(with_padding, r, c));
            });
            dx[p * g.cells() + cell] = sum;
        };
    });
}

// In overwrite mode only the last of a range of windows counts.
__device__ inline Range counted(Range windows, bool accumulate) {
    return {accumulate ? windows.start : max(windows.start, windows.end - 1), windows.end};
}

template <int N, typename T>
__device__ inline void avgunpool2d_forward(
    const T* __restrict__ x, T* __restrict__ y, long long planes, Pool g, bool accumulate) {
    map_planes(planes, g.cells(), [=](int cell) {
        const Range rows = counted(g.windows_of_row(cell / g.w), accumulate);
        const Range columns = counted(g.windows_of_column(cell % g.w), accumulate);
        return [=](long long p) {
            // Not 0 + x in overwrite mode, which would lose the sign of -0.
            T value = 0;
            auto load = [=](int r, int c) { return x[p * g.windows() + r * g.ow + c]; };
            for_each<N>(rows, columns, load, [&](T here, int, int) { value = accumulate ? value + here : here; });
            y[p * g.cells() + cell] = value;
        };
    });
}

template <int N, typename T>
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
            auto load = [=](int r, int c) { return dy[p * g.cells() + r * g.w + c]; };
            for_each<N>(rows, columns, load, [&](T value, int, int) { sum += value; });
            dx[p * g.windows() + window] = sum;
        };
    });
}

// reach: the most cells of a usual window, or windows that hold a cell, along one direction.
#define AVGPOOL2D(op, direction, reach, in, out, flag, T, suffix)                                                \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) op##_##direction##_##suffix(                     \
        const T* __restrict__ in, T* __restrict__ out, long long planes, POOL_PARAMETERS, int flag) {            \
        const Pool g = {POOL_ARGUMENTS};                                                                         \
        g.usual() ? op##_##direction<reach>(in, out, planes, g, flag != 0)                                       \
                  : op##_##direction<0>(in, out, planes, g, flag != 0);                                          \
    }

#define AVGPOOL2DS(T, suffix)                                           \
    AVGPOOL2D(avgpool2d, forward, 3, x, y, with_padding, T, suffix)     \
    AVGPOOL2D(avgpool2d, backward, 2, dy, dx, with_padding, T, suffix)  \
    AVGPOOL2D(avgunpool2d, forward, 2, x, y, accumulate, T, suffix)     \
    AVGPOOL2D(avgunpool2d, backward, 3, dy, dx, accumulate, T, suffix)

AVGPOOL2DS(float, f32)
AVGPOOL2DS(double, f64)

#undef AVGPOOL2DS
#undef AVGPOOL2D
