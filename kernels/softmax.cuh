// Softmax over the middle axis of x [outer, size, inner]; rows are the outer * inner choices of the other two.
//
//   softmax forward       y = exp(x - max) / sum of exp(x - max)
//   softmax backward      dx = y (dy - sum of dy y)
//   logsoftmax forward    y = x - max - log(sum of exp(x - max))
//   logsoftmax backward   dx = dy - exp(y) * (sum of dy)
//
// A warp a row where its elements are neighbours (inner = 1), in its registers if they hold it; else a thread a row, so
// that neighbouring threads always read neighbouring elements. A row with NaN is NaN throughout: the sum is.
#pragma once

#include "row.cuh"

// Calls row(first, step) for the rows of this thread, all lanes of a row together: its elements lie step apart. With a
// lane a row, threads along x take neighbouring rows, along y outer ones.
template <int Lanes, typename F>
__device__ inline void rows(long long outer, int size, long long inner, F row) {
    if constexpr (Lanes > 1) {
#pragma unroll 1
        for (long long r = grid_thread() / Lanes; r < outer; r += grid_threads() / Lanes) row(r * size, 1LL);
    } else {
        const long long first = blockIdx.y * static_cast<long long>(blockDim.y) + threadIdx.y;
        const long long stride = gridDim.y * static_cast<long long>(blockDim.y);
#pragma unroll 1
        for (long long i = grid_thread(); i < inner; i += grid_threads())
#pragma unroll 1
            for (long long o = first; o < outer; o += stride) row(o * size * inner + i, inner);
    }
}

template <int Lanes, bool Log, typename Row, typename T>
__device__ inline void softmax_forward_row(const Row& x, T* __restrict__ y) {
    T highest = -INFINITY, total = T(0);
    x.for_each([&](T value, int) { highest = max(highest, value); });
    highest = lanes_max<Lanes>(highest);
    x.for_each([&](T value, int) { total += exp(value - highest); });
    total = lanes_sum<Lanes>(total);
    const T scale = Log ? log(total) : 1 / total;
    x.write(y, [=](T value, int) {
        return Log ? value - highest - scale : exp(value - highest) * scale;
    });
}

template <int Lanes, bool Log, typename Row, typename T>
__device__ inline void softmax_backward_row(const Row& y, const Row& dy, T* __restrict__ dx) {
    T total = T(0);
    dy.for_each_with(y, [&](T up, T value, int) { total += Log ? up : up * value; });
    total = lanes_sum<Lanes>(total);
    dy.write_with(dx, y, [=](T up, T value, int) { return Log ? up - exp(value) * total : value * (up - total); });
}

template <int Lanes, bool Log, typename T>
__device__ inline void softmax_forward(
    const T* __restrict__ x, T* __restrict__ y, long long outer, int size, long long inner) {
    const bool held = Lanes == kWarp && WarpRow<T>::holds(size, x, y);
    rows<Lanes>(outer, size, inner, [=](long long first, long long step) {
        if (held)
            softmax_forward_row<Lanes, Log>(WarpRow<T>(x + first, size), y + first);
        else
            softmax_forward_row<Lanes, Log>(MemoryRow<Lanes, T>{x + first, size, step}, y + first);
    });
}

template <int Lanes, bool Log, typename T>
__device__ inline void softmax_backward(
    const T* __restrict__ y, const T* __restrict__ dy, T* __restrict__ dx, long long outer, int size, long long inner) {
    const bool held = Lanes == kWarp && WarpRow<T>::holds(size, y, dy, dx);
    rows<Lanes>(outer, size, inner, [=](long long first, long long step) {
        if (held)
            softmax_backward_row<Lanes, Log>(WarpRow<T>(y + first, size), WarpRow<T>(dy + first, size), dx + first);
        else
            softmax_backward_row<Lanes, Log>(
                MemoryRow<Lanes, T>{y + first, size, step}, MemoryRow<Lanes, T>{dy + first, size, step}, dx + first);
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
