// Softmax over the middle axis of x [outer, size, inner]; rows are the outer * inner choices of the other two.
//
//   softmax forward       y = exp(x - max) / sum of exp(x - max)
//   softmax backward      dx = y (dy - sum of dy y)
//   logsoftmax forward    y = x - max - log(sum of exp(x - max))
//   logsoftmax backward   dx = dy - exp(y) * (sum of dy)
//
// A warp a row where its elements are neighbours (inner = 1), else a thread a row, so that neighbouring threads always
// read neighbouring elements. A row with NaN is NaN throughout: the sum is.
#pragma once

#include "reduce.cuh"

// Calls row(first, step, lane) for the rows of this thread, all lanes of a row together: its elements lie step apart.
// With a lane a row, threads along x take neighbouring rows, along y outer ones.
template <int Lanes, typename F>
__device__ inline void rows(long long outer, int size, long long inner, F row) {
    if constexpr (Lanes > 1) {
        const int lane = threadIdx.x % Lanes;
#pragma unroll 1
        for (long long r = grid_thread() / Lanes; r < outer; r += grid_threads() / Lanes) row(r * size, 1LL, lane);
    } else {
        const long long first = blockIdx.y * static_cast<long long>(blockDim.y) + threadIdx.y;
        const long long stride = gridDim.y * static_cast<long long>(blockDim.y);
#pragma unroll 1
        for (long long i = grid_thread(); i < inner; i += grid_threads())
#pragma unroll 1
            for (long long o = first; o < outer; o += stride) row(o * size * inner + i, inner, 0);
    }
}

template <int Lanes, bool Log, typename T>
__device__ inline void softmax_forward(
    const T* __restrict__ x, T* __restrict__ y, long long outer, int size, long long inner) {
    rows<Lanes>(outer, size, inner, [=](long long first, long long step, int lane) {
        T highest = -INFINITY, total = T(0);
#pragma unroll kAhead<T>
        for (int s = lane; s < size; s += Lanes) highest = max(highest, x[first + s * step]);
        highest = lanes_max<Lanes>(highest);
#pragma unroll kAhead<T>
        for (int s = lane; s < size; s += Lanes) total += exp(x[first + s * step] - highest);
        total = lanes_sum<Lanes>(total);
        const T scale = Log ? log(total) : total;
#pragma unroll kAhead<T>
        for (int s = lane; s < size; s += Lanes) {
            const T shifted = x[first + s * step] - highest;
            y[first + s * step] = Log ? shifted - scale : exp(shifted) / scale;
        }
    });
}

template <int Lanes, bool Log, typename T>
__device__ inline void softmax_backward(
    const T* __restrict__ y, const T* __restrict__ dy, T* __restrict__ dx, long long outer, int size, long long inner) {
    rows<Lanes>(outer, size, inner, [=](long long first, long long step, int lane) {
        T total = T(0);
#pragma unroll kAhead<T>
        for (int s = lane; s < size; s += Lanes) {
            const long long at = first + s * step;
            total += Log ? dy[at] : dy[at] * y[at];
        }
        total = lanes_sum<Lanes>(total);
#pragma unroll kAhead<T>
        for (int s = lane; s < size; s += Lanes) {
            const long long at = first + s * step;
            dx[at] = Log ? dy[at] - exp(y[at]) * total : y[at] * (dy[at] - total);
        }
    });
}

#define SOFTMAX(T, suffix, name, lanes, logarithm)                                                        \
    extern "C" __global__ void __launch_bounds__(kMapThreads) name##_forward_##suffix(                    \
        const T* __restrict__ x, T* __restrict__ y, long long outer, int size, long long inner) {         \
        softmax_forward<lanes, logarithm>(x, y, outer, size, inner);                                      \
    }                                                                                                     \
    extern "C" __global__ void __launch_bounds__(kMapThreads) name##_backward_##suffix(                   \
        const T* __restrict__ y, const T* __restrict__ dy, T* __restrict__ dx, long long outer, int size, \
        long long inner) {                                                                                \
        softmax_backward<lanes, logarithm>(y, dy, dx, outer, size, inner);                                \
    }

#define SOFTMAXES(T, suffix)                         \
    SOFTMAX(T, suffix, softmax_rows, kWarp, false)   \
    SOFTMAX(T, suffix, softmax_strided, 1, false)    \
    SOFTMAX(T, suffix, logsoftmax_rows, kWarp, true) \
    SOFTMAX(T, suffix, logsoftmax_strided, 1, true)

SOFTMAXES(float, f32)
SOFTMAXES(double, f64)

#undef SOFTMAXES
#undef SOFTMAX
