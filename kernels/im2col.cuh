// Convolutions as matrix products: each window of x [batch, channels, H, W] becomes a column.
//
//   im2col   col[c, kh, kw; b, oh, ow] = x[b, c, oh*sh - ph + kh*dh, ow*sw - pw + kw*dw], 0 outside x
//   col2im   x[b, c, h, w] = the sum of col over the windows (oh, ow) and taps (kh, kw) that lie on it, windows in
//            index order
//
// Element (row r, sample b, position p) of col lies at r * row_stride + b * sample_stride + p: with P positions and R
// rows, row_stride P and sample_stride R P give a matrix a sample, row_stride batch P and sample_stride P one matrix
// for all. im2col reads x once from memory and the taps from the caches; col2im gathers, so that nothing is added
// twice.
#pragma once

#include "planes.cuh"
#include "reduce.cuh"

struct Window {
    int channels, h, w, oh, ow, kh, kw, sh, sw, ph, pw, dh, dw;

    __device__ long long cells() const { return static_cast<long long>(h) * w; }
    __device__ long long taps() const { return static_cast<long long>(kh) * kw; }
};

template <typename T>
__device__ inline void im2col(
    const T* __restrict__ x, T* __restrict__ col, long long batch, Window g, long long row_stride,
    long long sample_stride) {
    map_channels(batch, g.channels, g.oh * g.ow, [=](int p) {
        const int top = p / g.ow * g.sh - g.ph, left = p % g.ow * g.sw - g.pw;
        return [=](long long b, int c) {
            const T* from = x + (b * g.channels + c) * g.cells();
            T* to = col + c * g.taps() * row_stride + b * sample_stride + p;
            // A kernel has a tap.
            int kh = 0;
#pragma unroll 1
            do {
                const int h = top + kh * g.dh;
                int kw = 0;
#pragma unroll 1
                do {
                    const int w = left + kw * g.dw;
                    const bool inside = h >= 0 && h < g.h && w >= 0 && w < g.w;
                    *to = inside ? from[static_cast<long long>(h) * g.w + w] : T(0);
                    to += row_stride;
                } while (++kw < g.kw);
            } while (++kh < g.kh);
        };
    });
}

// The windows that may lie on a row or column: from first up to, not including, end.
__device__ inline int first_window(int at, int kernel, int stride, int dilation) {
    const int reach = at - dilation * (kernel - 1);
    return reach <= 0 ? 0 : (reach - 1) / stride + 1;
}

// Dilated: whether windows have holes, so that not every one that reaches over a pixel has a tap on it; without, the
// taps of neighbouring windows lie a fixed step apart, and no division is needed to find them.
template <bool Dilated, typename T>
__device__ inline void col2im(
    const T* __restrict__ col, T* __restrict__ x, long long batch, Window g, long long row_stride,
    long long sample_stride) {
    map_channels(batch, g.channels, g.h * g.w, [=](int cell) {
        const int h = cell / g.w + g.ph, w = cell % g.w + g.pw;
        const int bottom = min(g.oh, h / g.sh + 1), right = min(g.ow, w / g.sw + 1);
        const int first_oh = first_window(h, g.kh, g.sh, g.dh), first_ow = first_window(w, g.kw, g.sw, g.dw);
        return [=](long long b, int c) {
            const T* from = col + c * g.taps() * row_stride + b * sample_stride;
            T total = T(0);
#pragma unroll 1
            for (int oh = first_oh; oh < bottom; oh++) {
                const int down = h - oh * g.sh;
                const long long row = static_cast<long long>(oh) * g.ow;
                if constexpr (Dilated) {
                    if (down % g.dh != 0) continue;
                    const int kh = down / g.dh;
#pragma unroll 1
                    for (int ow = first_ow; ow < right; ow++) {
                        const int across = w - ow * g.sw;
                        if (across % g.dw != 0) continue;
                        total += from[(kh * g.kw + across / g.dw) * row_stride + row + ow];
                    }
                } else {
                    const T* tap = from + (down * g.kw + w - first_ow * g.sw) * row_stride + row + first_ow;
                    const long long step = 1 - g.sw * row_stride;
#pragma unroll kAhead<T>
                    for (int ow = first_ow; ow < right; ow++, tap += step) total += *tap;
                }
            }
            x[(b * g.channels + c) * g.cells() + cell] = total;
        };
    });
}

#define WINDOW_PARAMETERS                                                                                        \
    long long batch, int channels, int h, int w, int oh, int ow, int kh, int kw, int sh, int sw, int ph, int pw, \
        int dh, int dw, long long row_stride, long long sample_stride
#define WINDOW Window{channels, h, w, oh, ow, kh, kw, sh, sw, ph, pw, dh, dw}

#define IM2COL(T, suffix)                                                        \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) im2col_##suffix( \
        const T* __restrict__ x, T* __restrict__ col, WINDOW_PARAMETERS) {       \
        im2col(x, col, batch, WINDOW, row_stride, sample_stride);                \
    }                                                                            \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) col2im_##suffix( \
        const T* __restrict__ col, T* __restrict__ x, WINDOW_PARAMETERS) {       \
        /* float64 is not for speed: one way is enough. */                       \
        if (sizeof(T) == 4 && dh == 1 && dw == 1)                                \
            col2im<false>(col, x, batch, WINDOW, row_stride, sample_stride);     \
        else                                                                     \
            col2im<true>(col, x, batch, WINDOW, row_stride, sample_stride);      \
    }

IM2COL(float, f32)
IM2COL(double, f64)

#undef IM2COL
#undef WINDOW
#undef WINDOW_PARAMETERS
