// Local response normalisation of x [n, c, h, w], across channels or within a channel (a square in its plane).
//
//   s = k + share * sum of x^2 over the window of a cell, share = alpha / cells of a whole window
//   forward         y = x * s^-beta
//   backward        dx_j = dy_j s_j^-beta - sum over the windows i that hold j of pull_i x_j,
//                   pull_i = 2 share beta dy_i x_i s_i^(-beta-1)
//   backward_own    dx = the first term, pull = as above, for the second kernel
//   backward_pull   dx -= the sum, which gathers pull over the mirrored window
//   walk_forward, walk_backward
//                   the same for five channels and beta = 0.75, which every published network has, in one pass
//
// The window of a cell reaches size/2 before it and (size-1)/2 after it. Sums run in the CPU's order; only the power
// differs from the CPU's, in its last places.
#pragma once

#include "exact.cuh"
#include "planes.cuh"

struct Norm {
    int n, c, h, w, size, across;
};

// A window's cells: rows of them, each step elements after the other.
struct NormWindow {
    long long first;
    int rows, columns;
    long long step;
};

__device__ inline Range reach(int at, int before, int after, int size) {
    // As size itself may be any number, the window's end may pass 2^31.
    return {max(at - before, 0), static_cast<int>(min(static_cast<long long>(at) + after, size - 1LL)) + 1};
}

// Calls visit(cell, window) for every cell. There are fewer than 2^31 maps, n times c.
template <typename F>
__device__ inline void map_norm(Norm g, int before, int after, F visit) {
    const int plane = g.h * g.w;
    map_planes(static_cast<long long>(g.n) * g.c, plane, [=](int i) {
        const int row = i / g.w, column = i % g.w;
        const Range rows = reach(row, before, after, g.h), columns = reach(column, before, after, g.w);
        return [=](long long p) {
            const long long base = p * plane;
            NormWindow window = {
                base + rows.start * g.w + columns.start, rows.end - rows.start, columns.end - columns.start, g.w};
            if (g.across != 0) {
                const int channel = static_cast<int>(p) % g.c;
                const Range maps = reach(channel, before, after, g.c);
                const long long first = base + i - static_cast<long long>(channel - maps.start) * plane;
                window = {first, maps.end - maps.start, 1, plane};
            }
            visit(base + i, window);
        };
    });
}

template <typename F>
__device__ inline void for_each_cell(const NormWindow& window, F f) {
    long long row = window.first;
#pragma unroll 1
    for (int r = 0; r < window.rows; r++, row += window.step)
#pragma unroll 1
        for (int c = 0; c < window.columns; c++) f(row + c);
}

template <typename T>
__device__ inline T normaliser(const T* __restrict__ x, const NormWindow& window, T share, T k) {
    T squares = 0;
    for_each_cell(window, [&](long long at) { squares = add_rn(squares, mul_rn(x[at], x[at])); });
    return add_rn(k, mul_rn(share, squares));
}

template <typename T>
__device__ inline void lrn_forward(const T* __restrict__ x, T* __restrict__ y, Norm g, T share, T beta, T k) {
    map_norm(g, g.size / 2, (g.size - 1) / 2, [=](long long cell, const NormWindow& window) {
        y[cell] = x[cell] * pow(normaliser(x, window, share, k), -beta);
    });
}

template <typename T>
__device__ inline void lrn_backward_own(
    const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx, T* __restrict__ pull, Norm g, T share,
    T beta, T k, T factor) {
    map_norm(g, g.size / 2, (g.size - 1) / 2, [=](long long cell, const NormWindow& window) {
        const T s = normaliser(x, window, share, k);
        const T up = dy[cell];
        T* to = dx;
        T head = up, exponent = -beta;
        // A power is long; a loop keeps it once.
#pragma unroll 1
        for (int term = 0; term < 2; term++) {
            to[cell] = head * pow(s, exponent);
            to = pull;
            head = factor * up * x[cell];
            exponent -= 1;
        }
    });
}

template <typename T>
__device__ inline void lrn_backward_pull(
    const T* __restrict__ x, const T* __restrict__ pull, T* __restrict__ dx, Norm g) {
    map_norm(g, (g.size - 1) / 2, g.size / 2, [=](long long cell, const NormWindow& window) {
        const T value = x[cell];
        T result = dx[cell];
        for_each_cell(window, [&](long long at) { result = sub_rn(result, mul_rn(pull[at], value)); });
        dx[cell] = result;
    });
}

// Walks: a thread goes through a run of channels of one place and reads each value once (and a few of the
// neighbouring runs'). It works on kStep channels at a time, and those of the next step are on their way meanwhile.
// Threads along x take places of a plane, along y runs, along z samples.

constexpr int kWindow = 5;                    // channels of a window, two on either side
constexpr int kStep = 4;                      // channels of a step
constexpr int kLast = kWindow - 1;            // channels of the windows of the step before
constexpr int kWalked = kLast + kStep;        // channels that the windows of a step hold
static_assert(kLast % kStep == 0, "a walk back begins whole steps before its run");

// Values of channels of one place, a plane apart; 0 outside [0, channels).
template <typename T>
struct Channels {
    const T* first;
    int channels;
    long long plane;

    __device__ bool inside(int c) const { return static_cast<unsigned>(c) < static_cast<unsigned>(channels); }

    // Channels from one on.
    template <int N>
    __device__ void load(int from, T* to) const {
        const T* at = first + from * plane;
#pragma unroll
        for (int j = 0; j < N; j++, at += plane)
            to[j] = inside(from + j) ? *at : T(0);
    }
};

template <typename T>
struct Powers {
    T own;  // s^-0.75
    T pull; // s^-1.75
};

template <typename T>
__device__ inline Powers<T> powers(T s) {
    const T root = T(1) / sqrt(s), own = root * sqrt(root);
    return {own, own * root * root};
}

// Squares of the channels of a step and its neighbours, of which five neighbours make an s.
template <typename T>
struct Squares {
    T at[kWalked];

    __device__ T normaliser(int j, T share, T k) const {
        T sum = at[j];
#pragma unroll
        for (int i = 1; i < kWindow; i++) sum = add_rn(sum, at[j + i]);
        return add_rn(k, mul_rn(share, sum));
    }
};

// The last values of a step are the first ones of the next.
template <typename T>
__device__ inline void advance(T (&at)[kWalked]) {
#pragma unroll
    for (int i = 0; i < kLast; i++) at[i] = at[i + kStep];
}

// A run is of whole steps.
template <typename T>
__device__ inline void lrn_walk_forward(
    const T* __restrict__ x, T* __restrict__ y, int n, int c, int plane, int run, T share, T k) {
    map_channels(n, (c - 1) / run + 1, plane, [=](int i) {
        return [=](long long sample, int part) {
            const long long base = sample * c * plane + i;
            const Channels<T> from = {x + base, c, plane};
            const int start = part * run, end = min(c, start + run);
            // Of the step's channels c' the values of c' - 2 to c' + 2.
            T value[kWalked], next[kStep];
            Squares<T> squares;
            from.template load<kLast>(start - kWindow / 2, value);
#pragma unroll
            for (int j = 0; j < kLast; j++) squares.at[j] = mul_rn(value[j], value[j]);
            from.template load<kStep>(start + kWindow / 2, next);
            T* to = y + base + static_cast<long long>(start) * plane;
#pragma unroll 1
            for (int at = start; at < end; at += kStep) {
#pragma unroll
                for (int j = 0; j < kStep; j++) {
                    value[kLast + j] = next[j];
                    squares.at[kLast + j] = mul_rn(next[j], next[j]);
                }
                from.template load<kStep>(at + kStep + kWindow / 2, next);
#pragma unroll
                for (int j = 0; j < kStep; j++, to += plane)
                    if (at + j < end) *to = value[kWindow / 2 + j] * powers(squares.normaliser(j, share, k)).own;
                advance(value);
                advance(squares.at);
            }
        };
    });
}

// Two windows deep: a cell's gradient takes the pulls of two channels on either side, and these the squares of two more.
template <typename T>
__device__ inline void lrn_walk_backward(
    const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx, int n, int c, int plane, int run, T share,
    T k, T factor) {
    map_channels(n, (c - 1) / run + 1, plane, [=](int i) {
        return [=](long long sample, int part) {
            const long long base = sample * c * plane + i;
            const Channels<T> from = {x + base, c, plane}, ups = {dy + base, c, plane};
            const int start = part * run, end = min(c, start + run);
            // A step works out the pulls of the channels from pulled on, and the gradients of those two before them.
            int pulled = start - kWindow / 2;
            T value[kWalked], own[kWalked], pull[kWalked], next[kStep], up[kStep];
            Squares<T> squares;
            from.template load<kLast>(pulled - kWindow / 2, value);
#pragma unroll
            for (int j = 0; j < kLast; j++) squares.at[j] = mul_rn(value[j], value[j]);
            from.template load<kStep>(pulled + kWindow / 2, next);
            ups.template load<kStep>(pulled, up);
            T* to = dx + base + static_cast<long long>(start - kLast) * plane;
#pragma unroll 1
            for (int at = start - kLast; at < end; at += kStep, pulled += kStep) {
                T now[kStep];
#pragma unroll
                for (int j = 0; j < kStep; j++) {
                    value[kLast + j] = next[j];
                    squares.at[kLast + j] = mul_rn(next[j], next[j]);
                    now[j] = up[j];
                }
                from.template load<kStep>(pulled + kStep + kWindow / 2, next);
                ups.template load<kStep>(pulled + kStep, up);
#pragma unroll
                for (int j = 0; j < kStep; j++) {
                    const Powers<T> of = powers(squares.normaliser(j, share, k));
                    own[kLast + j] = now[j] * of.own;
                    // Outside there is none, though a window of zeros there may have an infinite power.
                    pull[kLast + j] =
                        from.inside(pulled + j) ? factor * now[j] * value[kWindow / 2 + j] * of.pull : T(0);
                }
#pragma unroll
                for (int j = 0; j < kStep; j++, to += plane) {
                    const int cell = at + j;
                    if (cell < start || cell >= end) continue;
                    T result = own[kWindow / 2 + j];
#pragma unroll
                    for (int w = 0; w < kWindow; w++) result = sub_rn(result, mul_rn(pull[j + w], value[j]));
                    *to = result;
                }
                advance(value);
                advance(own);
                advance(pull);
                advance(squares.at);
            }
        };
    });
}

#define NORM_PARAMETERS int n, int c, int h, int w, int size, int across
#define NORM_ARGUMENTS n, c, h, w, size, across

#define LRN(T, suffix)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) lrn_forward_##suffix(                                  \
        const T* __restrict__ x, T* __restrict__ y, NORM_PARAMETERS, T share, T beta, T k) {                           \
        lrn_forward(x, y, Norm{NORM_ARGUMENTS}, share, beta, k);                                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) lrn_backward_own_##suffix(                             \
        const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx, T* __restrict__ pull, NORM_PARAMETERS,  \
        T share, T beta, T k, T factor) {                                                                              \
        lrn_backward_own(x, dy, dx, pull, Norm{NORM_ARGUMENTS}, share, beta, k, factor);                               \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) lrn_backward_pull_##suffix(                            \
        const T* __restrict__ x, const T* __restrict__ pull, T* __restrict__ dx, NORM_PARAMETERS) {                    \
        lrn_backward_pull(x, pull, dx, Norm{NORM_ARGUMENTS});                                                          \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) lrn_walk_forward_##suffix(                             \
        const T* __restrict__ x, T* __restrict__ y, int n, int c, int plane, int run, T share, T k) {                  \
        lrn_walk_forward(x, y, n, c, plane, run, share, k);                                                            \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(kPlaneThreads) lrn_walk_backward_##suffix(                            \
        const T* __restrict__ x, const T* __restrict__ dy, T* __restrict__ dx, int n, int c, int plane, int run,       \
        T share, T k, T factor) {                                                                                      \
        lrn_walk_backward(x, dy, dx, n, c, plane, run, share, k, factor);                                              \
    }

LRN(float, f32)
LRN(double, f64)

#undef LRN
