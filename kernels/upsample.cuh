// Bilinear resizing over planes. x, dx [planes, h, w]; y, dy [planes, oh, ow].
//
//   place of output o    align corners: o * (size - 1) / (outputs - 1); else max((o + 0.5) * size / outputs - 0.5, 0)
//   taps                 first = floor(place), second = the next one or the same at the edge, weight = place - first
//   forward              y = the four pixels of row taps x column taps, each times its weight
//   taps                 writes down the taps of every output of a direction, and which outputs use an input
//   backward             dx = the sum of the dy that used it, times its weights
//
// Weights are worked out in float64, and sums run in the CPU's order: equal to it bit for bit.
#pragma once

#include "exact.cuh"
#include "map.cuh"
#include "planes.cuh"

struct Taps {
    int first, second;
    double weight;
};

__device__ inline Taps taps_of(int output, int size, int outputs, bool align) {
    double place = 0;
    if (!align)
        place = fmax((output + 0.5) * size / outputs - 0.5, 0.0);
    else if (outputs > 1)
        place = output * static_cast<double>(size - 1) / (outputs - 1);
    const int first = min(static_cast<int>(place), size - 1);
    return {first, min(first + 1, size - 1), sub_rn(place, static_cast<double>(first))};
}

template <typename T>
__device__ inline void upsample_bilinear2d_forward(
    const T* __restrict__ x, T* __restrict__ y, long long planes, int h, int w, int oh, int ow, bool align) {
    map_planes(planes, oh * ow, [=](int output) {
        const Taps row = taps_of(output / ow, h, oh, align), column = taps_of(output % ow, w, ow, align);
        const double up = 1 - row.weight, left = 1 - column.weight;
        const T weights[] = {
            static_cast<T>(mul_rn(up, left)), static_cast<T>(mul_rn(up, column.weight)),
            static_cast<T>(mul_rn(row.weight, left)), static_cast<T>(mul_rn(row.weight, column.weight))};
        const int cells[] = {
            row.first * w + column.first, row.first * w + column.second, row.second * w + column.first,
            row.second * w + column.second};
        return [=](long long p) {
            const T* plane = x + p * (h * w);
            T sum = 0;
#pragma unroll
            for (int tap = 0; tap < 4; tap++) sum = add_rn(sum, mul_rn(plane[cells[tap]], weights[tap]));
            y[p * (oh * ow) + output] = sum;
        };
    });
}

// The first output whose first tap (or, if asked, second) reaches an input; both rise with the output.
__device__ inline int first_output(int input, bool second, int size, int outputs, bool align) {
    int low = 0, high = outputs;
#pragma unroll 1
    while (low < high) {
        const int middle = low + (high - low) / 2;
        const Taps taps = taps_of(middle, size, outputs, align);
        if ((second ? taps.second : taps.first) >= input)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

// For outputs o: weight[o], first[o]. For inputs i: the outputs [begin[i], end[i]) have a tap on it.
__device__ inline void upsample_bilinear2d_taps(
    double* __restrict__ weight, int* __restrict__ first, int* __restrict__ begin, int* __restrict__ end, int size,
    int outputs, bool align) {
#pragma unroll 1
    for (long long i = grid_thread(); i < outputs; i += grid_threads()) {
        const Taps taps = taps_of(static_cast<int>(i), size, outputs, align);
        weight[i] = taps.weight;
        first[i] = taps.first;
    }
#pragma unroll 1
    for (long long i = grid_thread(); i < size; i += grid_threads()) {
        begin[i] = first_output(static_cast<int>(i), true, size, outputs, align);
        end[i] = first_output(static_cast<int>(i) + 1, false, size, outputs, align);
    }
}

// The taps of one direction, as written down.
struct TapTable {
    const double* weight;
    const int *first, *begin, *end;
};

template <typename T>
__device__ inline void upsample_bilinear2d_backward(
    const T* __restrict__ dy, T* __restrict__ dx, TapTable down, TapTable across, long long planes, int h, int w,
    int oh, int ow) {
    map_planes(planes, h * w, [=](int cell) {
        const int r = cell / w, c = cell % w;
        const Range rows = {down.begin[r], down.end[r]}, columns = {across.begin[c], across.end[c]};
        return [=](long long p) {
            T sum = 0;
            auto add = [&](bool uses, T value, double a, double b) {
                if (uses) sum = add_rn(sum, mul_rn(value, static_cast<T>(mul_rn(a, b))));
            };
#pragma unroll 1
            for (int i = rows.start; i < rows.end; i++)
#pragma unroll 1
                for (int j = columns.start; j < columns.end; j++) {
                    const T value = dy[p * (oh * ow) + i * ow + j];
                    const double bottom = down.weight[i], right = across.weight[j];
                    const bool top = down.first[i] == r, lower = min(down.first[i] + 1, h - 1) == r;
                    const bool left = across.first[j] == c, later = min(across.first[j] + 1, w - 1) == c;
                    add(top && left, value, 1 - bottom, 1 - right);
                    add(top && later, value, 1 - bottom, right);
                    add(lower && left, value, bottom, 1 - right);
                    add(lower && later, value, bottom, right);
                }
            dx[p * (h * w) + cell] = sum;
        };
    });
}

extern "C" __global__ void __launch_bounds__(kMapThreads) upsample_bilinear2d_taps_f64(
    double* __restrict__ weight, int* __restrict__ first, int* __restrict__ begin, int* __restrict__ end, int size,
    int outputs, int align) {
    upsample_bilinear2d_taps(weight, first, begin, end, size, outputs, align != 0);
}

#define UPSAMPLE(T, suffix)                                                                                            \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) upsample_bilinear2d_forward_##suffix(                  \
        const T* __restrict__ x, T* __restrict__ y, long long planes, int h, int w, int oh, int ow, int align) {       \
        upsample_bilinear2d_forward(x, y, planes, h, w, oh, ow, align != 0);                                           \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) upsample_bilinear2d_backward_##suffix(                 \
        const T* __restrict__ dy, T* __restrict__ dx, const double* __restrict__ row_weight,                           \
        const int* __restrict__ row_first, const int* __restrict__ row_begin, const int* __restrict__ row_end,         \
        const double* __restrict__ column_weight, const int* __restrict__ column_first,                                \
        const int* __restrict__ column_begin, const int* __restrict__ column_end, long long planes, int h, int w,      \
        int oh, int ow) {                                                                                              \
        upsample_bilinear2d_backward(                                                                                  \
            dy, dx, TapTable{row_weight, row_first, row_begin, row_end},                                               \
            TapTable{column_weight, column_first, column_begin, column_end}, planes, h, w, oh, ow);                    \
    }

UPSAMPLE(float, f32)
UPSAMPLE(double, f64)

#undef UPSAMPLE
