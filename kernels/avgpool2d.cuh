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
            const T* plane = x + p * g.cells();
            auto load = [=](int r, int c) { return plane[r * g.w + c]; };
            for_each<N, N>(rows, columns, load, [&](T value, int, int) { sum += value; });
            y[p * g.windows() + window] = sum / divisor;
        };
    });
}

template <int Height, int R, int C, typename T>
__device__ inline void avgpool2d_backward(
    const T* __restrict__ dy, T* __restrict__ dx, long long planes, Pool g, bool with_padding) {
    map_strips<Height>(planes, g, [=](int top, int column) {
        const Range rows = g.windows_of_rows(top, Height), columns = g.windows_of_column(column);
        return [=](long long p, T (&sum)[Height]) {
            const T* up = dy + p * g.windows();
            auto load = [=](int r, int c) { return up[r * g.ow + c]; };
            for_each<R, C>(rows, columns, load, [&](T value, int r, int c) {
                const T share = value / static_cast<T>(g.divisor(with_padding, r, c));
                const Range held = g.rows(r);
#pragma unroll
                for (int j = 0; j < Height; j++)
                    if (held.holds(top + j)) sum[j] += share;
            });
        };
    }, dx);
}

template <int Height, int R, int C, typename T>
__device__ inline void avgunpool2d_forward_accumulate(const T* __restrict__ x, T* __restrict__ y, long long planes, Pool g) {
    map_strips<Height>(planes, g, [=](int top, int column) {
        const Range rows = g.windows_of_rows(top, Height), columns = g.windows_of_column(column);
        return [=](long long p, T (&sum)[Height]) {
            const T* small = x + p * g.windows();
            auto load = [=](int r, int c) { return small[r * g.ow + c]; };
            for_each<R, C>(rows, columns, load, [&](T value, int r, int) {
                const Range held = g.rows(r);
#pragma unroll
                for (int j = 0; j < Height; j++)
                    if (held.holds(top + j)) sum[j] += value;
            });
        };
    }, y);
}

template <typename T>
__device__ inline void avgunpool2d_forward_overwrite(
    const T* __restrict__ x, T* __restrict__ y, long long planes, Pool g) {
    map_planes(planes, g.cells(), [=](int cell) {
        const Range rows = g.windows_of_row(cell / g.w), columns = g.windows_of_column(cell % g.w);
        const bool any = rows.start < rows.end && columns.start < columns.end;
        const int last = (rows.end - 1) * g.ow + columns.end - 1;
        return [=](long long p) { y[p * g.cells() + cell] = any ? x[p * g.windows() + last] : T(0); };
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
            const T* up = dy + p * g.cells();
            auto load = [=](int r, int c) { return up[r * g.w + c]; };
            for_each<N, N>(rows, columns, load, [&](T value, int, int) { sum += value; });
            dx[p * g.windows() + window] = sum;
        };
    });
}

template <typename T>
__device__ inline void avgpool2d_forward(const T* x, T* y, long long planes, Pool g, bool with_padding) {
    g.usual() ? avgpool2d_forward<3>(x, y, planes, g, with_padding)
              : avgpool2d_forward<0>(x, y, planes, g, with_padding);
}

template <typename T>
__device__ inline void avgpool2d_backward(const T* dy, T* dx, long long planes, Pool g, bool with_padding) {
    g.usual() ? avgpool2d_backward<kStrip, 3, 2>(dy, dx, planes, g, with_padding)
              : avgpool2d_backward<1, 0, 0>(dy, dx, planes, g, with_padding);
}

template <typename T>
__device__ inline void avgunpool2d_forward_accumulate(const T* x, T* y, long long planes, Pool g) {
    g.usual() ? avgunpool2d_forward_accumulate<kStrip, 3, 2>(x, y, planes, g)
              : avgunpool2d_forward_accumulate<1, 0, 0>(x, y, planes, g);
}

template <typename T>
__device__ inline void avgunpool2d_backward(const T* dy, T* dx, long long planes, Pool g, bool accumulate) {
    g.usual() ? avgunpool2d_backward<3>(dy, dx, planes, g, accumulate)
              : avgunpool2d_backward<0>(dy, dx, planes, g, accumulate);
}

#define AVGPOOL2D(op_direction, in, out, flag, T, suffix)                                             \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) op_direction##_##suffix(              \
        const T* __restrict__ in, T* __restrict__ out, long long planes, POOL_PARAMETERS, int flag) { \
        op_direction(in, out, planes, Pool{POOL_ARGUMENTS}, flag != 0);                               \
    }

// Two entries, as the sum takes far more registers.
#define AVGUNPOOL2D_FORWARD(mode, T, suffix)                                                            \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) avgunpool2d_forward_##mode##_##suffix(  \
        const T* __restrict__ x, T* __restrict__ y, long long planes, POOL_PARAMETERS) {                \
        avgunpool2d_forward_##mode(x, y, planes, Pool{POOL_ARGUMENTS});                                 \
    }

#define AVGPOOL2DS(T, suffix)                                       \
    AVGPOOL2D(avgpool2d_forward, x, y, with_padding, T, suffix)     \
    AVGPOOL2D(avgpool2d_backward, dy, dx, with_padding, T, suffix)  \
    AVGUNPOOL2D_FORWARD(overwrite, T, suffix)                       \
    AVGUNPOOL2D_FORWARD(accumulate, T, suffix)                      \
    AVGPOOL2D(avgunpool2d_backward, dy, dx, accumulate, T, suffix)

AVGPOOL2DS(float, f32)
AVGPOOL2DS(double, f64)

#undef AVGPOOL2DS
#undef AVGUNPOOL2D_FORWARD
#undef AVGPOOL2D
