// Sizes of 2-d pooling, as Pool2dGeometry has them. x [planes, h, w], y [planes, oh, ow].
#pragma once

#include "planes.cuh"

#define POOL_PARAMETERS int h, int w, int oh, int ow, int kh, int kw, int sh, int sw, int ph, int pw
#define POOL_ARGUMENTS h, w, oh, ow, kh, kw, sh, sw, ph, pw

// Calls use(load(row, column), row, column) for all of two ranges, row by row. With R and C > 0 the ranges are no longer
// than these, and no load waits for a value or for what is asked of it: past the end of a range it is of its last place.
// Empty ranges are read at some place too: the plane must have one.
template <int R, int C, typename Load, typename Use>
__device__ inline void for_each(Range rows, Range columns, Load load, Use use) {
    if constexpr (R == 0) {
#pragma unroll 1
        for (int r = rows.start; r < rows.end; r++)
#pragma unroll 1
            for (int c = columns.start; c < columns.end; c++) use(load(r, c), r, c);
    } else {
        auto last = [](int at, Range range) { return max(min(at, range.end - 1), 0); };
        decltype(load(0, 0)) values[R][C];
#pragma unroll
        for (int r = 0; r < R; r++)
#pragma unroll
            for (int c = 0; c < C; c++)
                values[r][c] = load(last(rows.start + r, rows), last(columns.start + c, columns));
#pragma unroll
        for (int r = 0; r < R; r++)
#pragma unroll
            for (int c = 0; c < C; c++)
                // Both asked, so that it is one branch or none.
                if ((rows.start + r < rows.end) & (columns.start + c < columns.end))
                    use(values[r][c], rows.start + r, columns.start + c);
    }
}

// Neighbouring cells of a column, whose windows are much the same, by one thread.
constexpr int kStrip = 4;

struct Pool {
    int h, w, oh, ow, kh, kw, sh, sw, ph, pw;

    __device__ int cells() const { return h * w; }
    __device__ int windows() const { return oh * ow; }

    // Whether it is what every network here has: windows of 3 x 3, of which at most 2 x 2 hold a cell, and 3 x 2 the
    // cells of a strip.
    __device__ bool usual() const { return kh <= 3 && kw <= 3 && sh >= 2 && sw >= 2; }

    // The rows and columns of a window that lie in the input.
    __device__ Range rows(int o) const { return clip(o * sh - ph, kh, h); }
    __device__ Range columns(int o) const { return clip(o * sw - pw, kw, w); }

    // The windows, along one direction, that hold a row or column.
    __device__ Range windows_of_row(int i) const { return holders(i + ph, kh, sh, oh); }
    __device__ Range windows_of_column(int i) const { return holders(i + pw, kw, sw, ow); }

    // The windows that hold a row of a strip.
    __device__ Range windows_of_rows(int top, int height) const {
        return {windows_of_row(top).start, windows_of_row(min(top + height, h) - 1).end};
    }

    // What window (r, c)'s sum is divided by: its cells, or those of the padding too (but not what hangs over it).
    __device__ int divisor(bool with_padding, int r, int c) const {
        if (with_padding) return extent(r * sh - ph, kh, h + ph) * extent(c * sw - pw, kw, w + pw);
        const Range in_rows = rows(r), in_columns = columns(c);
        return (in_rows.end - in_rows.start) * (in_columns.end - in_columns.start);
    }

private:
    __device__ static Range clip(int start, int kernel, int size) { return {max(start, 0), min(start + kernel, size)}; }

    __device__ static Range holders(int padded, int kernel, int stride, int count) {
        return {padded < kernel ? 0 : (padded - kernel) / stride + 1, min(padded / stride + 1, count)};
    }

    __device__ static int extent(int start, int kernel, int end) { return min(start + kernel, end) - start; }
};

// Writes to the cells of to [planes, h, w] what gather(p, sums) makes of zeros, by strips of a column: prepare(top, column)
// gives that function.
template <int Height, typename T, typename F>
__device__ inline void map_strips(long long planes, const Pool& g, F prepare, T* __restrict__ to) {
    map_planes(planes, (g.h - 1) / Height * g.w + g.w, [=](int i) {
        const int top = i / g.w * Height, column = i % g.w;
        auto gather = prepare(top, column);
        return [=](long long p) {
            T sums[Height] = {};
            gather(p, sums);
            T* at = to + p * g.cells() + top * g.w + column;
#pragma unroll
            for (int j = 0; j < Height; j++)
                if (top + j < g.h) at[j * g.w] = sums[j];
        };
    });
}
