// Maps over n elements: y[i] = f(x0[i], x1[i], ...). Sixteen bytes a load and store where every pointer is aligned to
// them, then the tail element by element; otherwise all of it element by element.
#pragma once

// Elements are dealt out over all threads of the grid.
constexpr int kMapThreads = 256;

__device__ inline long long grid_thread() { return blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; }

__device__ inline long long grid_threads() { return gridDim.x * static_cast<long long>(blockDim.x); }

// W elements of T that are loaded and stored at once.
template <typename T, int W>
struct alignas(sizeof(T) * W) Pack {
    T at[W];
};

template <typename T>
constexpr int kPack = 16 / sizeof(T);

template <typename... T>
__device__ inline bool aligned16(const T*... pointers) {
    return ((reinterpret_cast<unsigned long long>(pointers) | ...) & 15) == 0;
}

template <int W, typename F, typename T, typename... X>
__device__ inline void map_packs(long long packs, F f, T* y, const X*... x) {
#pragma unroll 1
    for (long long i = grid_thread(); i < packs; i += grid_threads()) {
        Pack<T, W> out;
        // By value: one load of a whole pack.
        auto each = [&](Pack<X, W>... in) {
#pragma unroll
            for (int j = 0; j < W; j++) out.at[j] = f(in.at[j]...);
        };
        each(reinterpret_cast<const Pack<X, W>*>(x)[i]...);
        reinterpret_cast<Pack<T, W>*>(y)[i] = out;
    }
}

// y may be one of x: each element is read by the thread that writes it, before it does.
template <typename F, typename T, typename... X>
__device__ inline void map(long long n, F f, T* y, const X*... x) {
    constexpr int W = kPack<T>;
    long long done = 0;
    if (aligned16(y, x...)) {
        map_packs<W>(n / W, f, y, x...);
        done = n / W * W;
    }
#pragma unroll 1
    for (long long i = done + grid_thread(); i < n; i += grid_threads()) y[i] = f(x[i]...);
}
