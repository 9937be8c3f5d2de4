// Convolutions as matrix products: each window of x [batch, channels, H, W] becomes a column.
//
//   im2col   col[c, kh, kw; b, oh, ow] = x[b, c, oh*sh - ph + kh*dh, ow*sw - pw + kw*dw], 0 outside x
//   col2im   x[b, c, h, w] = the sum of col over the windows (oh, ow) and taps (kh, kw) that lie on it, windows in
//            index order
//
// Row r of a sample's matrix starts at r * row_stride, whole packs of sixteen bytes, and holds its P positions. With R
// rows either each sample has a matrix of its own, R * row_stride after the last one's, or the samples' positions lie
// side by side in one matrix. im2col writes whole packs, zeros behind a row's last position; it reads x once from
// memory and the taps from the caches. col2im gathers, so that nothing is added twice.
#pragma once

#include "planes.cuh"
#include "reduce.cuh"

struct Window {
    int channels, h, w, oh, ow, kh, kw, sh, sw, ph, pw, dh, dw;

    __device__ long long cells() const { return static_cast<long long>(h) * w; }
    __device__ long long taps() const { return static_cast<long long>(kh) * kw; }
};

// Threads along x take packs of a row, along y channels, along z matrices. width: positions of a row, of one sample or
// of several.
template <typename T>
__device__ inline void im2col(
    const T* __restrict__ x, T* __restrict__ col, long long matrices, int width, Window g, long long row_stride) {
    constexpr int W = kPack<T>;
    const long long sample = g.channels * g.cells();
    const int positions = g.oh * g.ow;
    map_channels(matrices, g.channels, (width - 1) / W + 1, [=](int pack) {
        // Where the windows begin, and in which sample. Those behind the last one lie outside.
        int top[W], left[W];
        long long from[W];
#pragma unroll
        for (int j = 0; j < W; j++) {
            // Unsigned, as the last pack may pass 2^31.
            const unsigned at = static_cast<unsigned>(pack) * W + j;
            const int p = at % positions;
            top[j] = at < width ? p / g.ow * g.sh - g.ph : g.h;
            left[j] = p % g.ow * g.sw - g.pw;
            from[j] = at / positions * sample + static_cast<long long>(top[j]) * g.w + left[j];
        }
        return [=](long long matrix, int c) {
            const T* plane = x + matrix * sample + c * g.cells();
            T* to = col + (matrix * g.channels + c) * g.taps() * row_stride + static_cast<long long>(pack) * W;
            // A kernel has a tap.
            int kh = 0;
#pragma unroll 1
            do {
                const T* at = plane + static_cast<long long>(kh) * g.dh * g.w;
                bool row[W];
#pragma unroll
                for (int j = 0; j < W; j++)
                    row[j] = static_cast<unsigned>(top[j] + kh * g.dh) < static_cast<unsigned>(g.h);
                int kw = 0;
#pragma unroll 1
                do {
                    Pack<T, W> out;
#pragma unroll
                    for (int j = 0; j < W; j++) {
                        // Both asked, so that there is no branch.
                        const bool inside =
                            row[j] & (static_cast<unsigned>(left[j] + kw * g.dw) < static_cast<unsigned>(g.w));
                        out.at[j] = inside ? at[from[j]] : T(0);
                    }
                    *reinterpret_cast<Pack<T, W>*>(to) = out;
                    to += row_stride;
                    at += g.dw;
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
// taps of neighbouring windows lie a fixed step apart, no division is needed to find them, and kAhead of them are on
// their way at once. Every sample has a matrix of its own.
template <bool Dilated, typename T>
__device__ inline void col2im(
    const T* __restrict__ col, T* __restrict__ x, long long batch, Window g, long long row_stride) {
    map_channels(batch, g.channels, g.h * g.w, [=](int cell) {
        const int h = cell / g.w + g.ph, w = cell % g.w + g.pw;
        const int bottom = min(g.oh, h / g.sh + 1), right = min(g.ow, w / g.sw + 1);
        const int first_oh = first_window(h, g.kh, g.sh, g.dh), first_ow = first_window(w, g.kw, g.sw, g.dw);
        return [=](long long b, int c) {
            const T* from = col + (b * g.channels + c) * g.taps() * row_stride;
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
                    constexpr int N = kAhead<T>;
                    const T* tap = from + (down * g.kw + w - first_ow * g.sw) * row_stride + row + first_ow;
                    const long long step = 1 - g.sw * row_stride;
#pragma unroll 1
                    for (int ow = first_ow; ow < right; ow += N) {
                        T value[N];
#pragma unroll
                        for (int j = 0; j < N; j++, tap += step) value[j] = ow + j < right ? *tap : T(0);
                        // A zero changes no sum: it began as one, so that it is never -0.
#pragma unroll
                        for (int j = 0; j < N; j++) total += value[j];
                    }
                }
            }
            x[(b * g.channels + c) * g.cells() + cell] = total;
        };
    });
}

#define WINDOW_PARAMETERS                                                                                     \
    int channels, int h, int w, int oh, int ow, int kh, int kw, int sh, int sw, int ph, int pw, int dh, int dw, \
        long long row_stride
#define WINDOW Window{channels, h, w, oh, ow, kh, kw, sh, sw, ph, pw, dh, dw}

#define IM2COL(T, suffix)                                                                         \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) im2col_##suffix(                  \
        const T* __restrict__ x, T* __restrict__ col, long long matrices, int width, WINDOW_PARAMETERS) { \
        im2col(x, col, matrices, width, WINDOW, row_stride);                                      \
    }                                                                                             \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) col2im_##suffix(                  \
        const T* __restrict__ col, T* __restrict__ x, long long batch, WINDOW_PARAMETERS) {       \
        /* float64 is not for speed: one way is enough. */                                        \
        if (sizeof(T) == 4 && dh == 1 && dw == 1)                                                 \
            col2im<false>(col, x, batch, WINDOW, row_stride);                                     \
        else                                                                                      \
            col2im<true>(col, x, batch, WINDOW, row_stride);                                      \
    }

IM2COL(float, f32)
IM2COL(double, f64)

#undef IM2COL
#undef WINDOW
#undef WINDOW_PARAMETERS
