// Cross-entropy of logits x [n, classes] with labels [n]. Sample i with label t costs
//
//   (1-e) w[t] (lse - x[t]) + e/classes * (sum over c of w[c] (lse - x[c])),   lse = log(sum of exp(x[i, :]))
//
// and weighs w[t]; an ignored one costs and weighs nothing. weight is null for ones. The mean divides by the samples'
// weight.
//
//   samples    costs[i], by a warp a sample
//   totals     totals[0] = the samples' weight, totals[1] = the classes' weight; bad[0] = the first sample whose label
//              is neither a class nor ignored, or n; by one block
//   finish     loss = the sum of costs (mean: over totals[0]), by one block
//   backward   dx[i, c] = scale ((1-e) w[t] (p[c] - [c = t]) + e/classes (p[c] sum of w - w[c])), p = exp(x - lse), by
//              a warp a sample; scale = dloss (mean: over totals[0])
//
// A bad label counts as ignored, so that no kernel reads out of bounds; the caller looks at bad.
#pragma once

#include "row.cuh"

template <typename T>
__device__ inline T class_weight(const T* __restrict__ weight, long long c) {
    return weight ? weight[c] : T(1);
}

__device__ inline bool counts(int label, int classes, int ignore) {
    return label != ignore && label >= 0 && label < classes;
}

template <typename T, typename Row>
__device__ inline T log_sum_exp(const Row& x) {
    T highest = -INFINITY, total = T(0);
    x.for_each([&](T value, int) { highest = max(highest, value); });
    highest = lanes_max<kWarp>(highest);
    x.for_each([&](T value, int) { total += exp(value - highest); });
    return highest + log(lanes_sum<kWarp>(total));
}

// What a row costs, and its gradient.
template <typename Row, typename T>
__device__ inline T cross_entropy_cost(
    const Row& x, const T* __restrict__ row, int label, const T* __restrict__ weight, int classes, T smoothing) {
    const T lse = log_sum_exp<T>(x);
    T cost = (T(1) - smoothing) * class_weight(weight, label) * (lse - row[label]);
    // Left out without smoothing: a logit of -infinity (a masked class) would make it 0 * infinity.
    if (smoothing > T(0)) {
        T smooth = T(0);
        x.for_each([&](T value, int c) { smooth += class_weight(weight, c) * (lse - value); });
        cost += smoothing / T(classes) * lanes_sum<kWarp>(smooth);
    }
    return cost;
}

template <typename T>
__device__ inline void cross_entropy_samples(
    const T* __restrict__ x, const int* __restrict__ labels, const T* __restrict__ weight, T* __restrict__ costs, int n,
    int classes, int ignore, T smoothing) {
    const bool held = WarpRow<T>::holds(classes, x);
#pragma unroll 1
    for (long long i = grid_thread() / kWarp; i < n; i += grid_threads() / kWarp) {
        const T* row = x + i * classes;
        const int label = labels[i];
        T cost = T(0);
        if (counts(label, classes, ignore))
            cost = held ? cross_entropy_cost(WarpRow<T>(row, classes), row, label, weight, classes, smoothing)
                        : cross_entropy_cost(
                              MemoryRow<kWarp, T>{row, classes, 1}, row, label, weight, classes, smoothing);
        if (threadIdx.x % kWarp == 0) costs[i] = cost;
    }
}

template <typename T>
__device__ inline void cross_entropy_totals(
    const int* __restrict__ labels, const T* __restrict__ weight, T* __restrict__ totals, int* __restrict__ bad, int n,
    int classes, int ignore) {
    __shared__ T shared[kReduceThreads];
    __shared__ int first[kReduceThreads];
    if (blockIdx.x > 0) return;
    T samples = T(0), all = T(0);
    int worst = n;
#pragma unroll 1
    for (long long i = threadIdx.x; i < n; i += kReduceThreads) {
        const int label = labels[i];
        if (counts(label, classes, ignore))
            samples += class_weight(weight, label);
        else if (label != ignore)
            worst = min(worst, static_cast<int>(i));
    }
#pragma unroll 1
    for (long long c = threadIdx.x; c < classes; c += kReduceThreads) all += class_weight(weight, c);
    samples = block_sum(samples, shared);
    all = block_sum(all, shared);
    first[threadIdx.x] = worst;
    __syncthreads();
    if (threadIdx.x == 0) {
#pragma unroll 1
        for (int t = 1; t < kReduceThreads; t++) worst = min(worst, first[t]);
        totals[0] = samples;
        totals[1] = all;
        bad[0] = worst;
    }
}

template <typename T>
__device__ inline void cross_entropy_finish(
    const T* __restrict__ costs, const T* __restrict__ totals, T* __restrict__ loss, int n, int mean) {
    __shared__ T shared[kReduceThreads];
    if (blockIdx.x > 0) return;
    T total = T(0);
#pragma unroll 1
    for (long long i = threadIdx.x; i < n; i += kReduceThreads) total += costs[i];
    total = block_sum(total, shared);
    if (threadIdx.x == 0) loss[0] = mean ? total / totals[0] : total;
}

template <typename Row, typename T>
__device__ inline void cross_entropy_gradient(
    const Row& x, T* __restrict__ dx, int label, T hard, T spread, T per_class, T scale, const T* __restrict__ weight) {
    const T lse = log_sum_exp<T>(x), pull = hard + spread;
    x.write(dx, [=](T value, int c) {
        T gradient = pull * exp(value - lse) - per_class * class_weight(weight, c);
        if (c == label) gradient -= hard;
        return scale * gradient;
    });
}

template <typename T>
__device__ inline void cross_entropy_backward(
    const T* __restrict__ x, const int* __restrict__ labels, const T* __restrict__ weight, const T* __restrict__ totals,
    const T* __restrict__ dloss, T* __restrict__ dx, int n, int classes, int ignore, T smoothing, int mean) {
    const T per_class = smoothing / T(classes), scale = mean ? dloss[0] / totals[0] : dloss[0];
    const T spread = per_class * totals[1];
    const bool held = WarpRow<T>::holds(classes, x, dx);
#pragma unroll 1
    for (long long i = grid_thread() / kWarp; i < n; i += grid_threads() / kWarp) {
        const T* row = x + i * classes;
        T* to = dx + i * classes;
        const int label = labels[i];
        if (!counts(label, classes, ignore)) {
            MemoryRow<kWarp, T>{row, classes, 1}.write(to, [](T, int) { return T(0); });
            continue;
        }
        const T hard = (T(1) - smoothing) * class_weight(weight, label);
        if (held)
            cross_entropy_gradient(WarpRow<T>(row, classes), to, label, hard, spread, per_class, scale, weight);
        else
            cross_entropy_gradient(
                MemoryRow<kWarp, T>{row, classes, 1}, to, label, hard, spread, per_class, scale, weight);
    }
}

#define CROSS_ENTROPY(T, suffix)                                                                                       \
    extern "C" __global__ void __launch_bounds__(kMapThreads) cross_entropy_samples_##suffix(                          \
        const T* __restrict__ x, const int* __restrict__ labels, const T* __restrict__ weight, T* __restrict__ costs,  \
        int n, int classes, int ignore, T smoothing) {                                                                 \
        cross_entropy_samples(x, labels, weight, costs, n, classes, ignore, smoothing);                                \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kReduceThreads) cross_entropy_totals_##suffix(                        \
        const int* __restrict__ labels, const T* __restrict__ weight, T* __restrict__ totals, int* __restrict__ bad,   \
        int n, int classes, int ignore) {                                                                              \
        cross_entropy_totals(labels, weight, totals, bad, n, classes, ignore);                                         \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kReduceThreads) cross_entropy_finish_##suffix(                        \
        const T* __restrict__ costs, const T* __restrict__ totals, T* __restrict__ loss, int n, int mean) {            \
        cross_entropy_finish(costs, totals, loss, n, mean);                                                            \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kMapThreads) cross_entropy_backward_##suffix(                         \
        const T* __restrict__ x, const int* __restrict__ labels, const T* __restrict__ weight,                         \
        const T* __restrict__ totals, const T* __restrict__ dloss, T* __restrict__ dx, int n, int classes, int ignore, \
        T smoothing, int mean) {                                                                                       \
        cross_entropy_backward(x, labels, weight, totals, dloss, dx, n, classes, ignore, smoothing, mean);             \
    }

CROSS_ENTROPY(float, f32)
CROSS_ENTROPY(double, f64)

#undef CROSS_ENTROPY
