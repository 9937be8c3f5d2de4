// Puzzles of votes, matches and shuffles: lane by lane, one warp or more a block.

constexpr unsigned kAll = 0xffffffffu;

// y[0..6] of each thread: ballot, any, all, lanes before it that agree, the count, match by value, match all.
extern "C" __global__ void votes(const int* __restrict__ x, unsigned* __restrict__ y) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
    int value = x[i];
    unsigned odd = __ballot_sync(kAll, value & 1);
    int same;
    unsigned everyone = __match_all_sync(kAll, value / 8, &same);
    unsigned* out = y + 8 * i;
    out[0] = odd;
    out[1] = __any_sync(kAll, value > 90);
    out[2] = __all_sync(kAll, value < 95);
    out[3] = __popc(odd & ((1u << lane) - 1));
    out[4] = __popc(odd);
    out[5] = __match_any_sync(kAll, value % 5);
    out[6] = everyone;
    out[7] = same;
}

// Shuffles within segments of `width` lanes, in all four modes; lanes beyond a segment's edge keep their own.
template <int Width>
__device__ void shuffle(int value, int lane, int* y) {
    y[0] = __shfl_sync(kAll, value, lane * 7 + 3, Width);
    y[1] = __shfl_up_sync(kAll, value, 3, Width);
    y[2] = __shfl_down_sync(kAll, value, 5, Width);
    y[3] = __shfl_xor_sync(kAll, value, 9, Width);
}

extern "C" __global__ void shuffles(const int* __restrict__ x, int* __restrict__ y) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
    shuffle<32>(x[i], lane, y + 16 * i);
    shuffle<16>(x[i], lane, y + 16 * i + 4);
    shuffle<8>(x[i], lane, y + 16 * i + 8);
    shuffle<2>(x[i], lane, y + 16 * i + 12);
}

// 64-bit values go as two shuffles.
extern "C" __global__ void rotate64(const double* __restrict__ x, double* __restrict__ y, int by) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = __shfl_sync(kAll, x[i], (threadIdx.x + by) % 32);
}

// Only some lanes take part: the odd ones vote among themselves, under a mask of their own.
extern "C" __global__ void split_votes(const int* __restrict__ x, unsigned* __restrict__ y) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int value = x[i];
    if (threadIdx.x % 2 == 1) {
        unsigned big = __ballot_sync(0xaaaaaaaau, value > 50);
        y[i] = big + static_cast<unsigned>(__shfl_xor_sync(0xaaaaaaaau, value, 2));
    } else {
        y[i] = __match_any_sync(0x55555555u, value % 3);
    }
    __syncwarp();
    y[i] += __popc(__activemask());
}

// Keeps the positive values, in order within a warp; one lane a warp asks for room with one atomic.
extern "C" __global__ void compact(const int* __restrict__ x, int* __restrict__ y, int* count, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
    bool keep = i < n && x[i] > 0;
    unsigned kept = __ballot_sync(kAll, keep);
    int base = 0;
    if (lane == 0 && kept != 0) base = atomicAdd(count, __popc(kept));
    base = __shfl_sync(kAll, base, 0);
    if (keep) y[base + __popc(kept & ((1u << lane) - 1))] = x[i];
}

// A bitonic sort of 32 values a warp, by shuffles.
extern "C" __global__ void sort_warp(const int* __restrict__ x, int* __restrict__ y) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
    int value = x[i];
    for (int size = 2; size <= 32; size *= 2) {
        for (int stride = size / 2; stride > 0; stride /= 2) {
            int other = __shfl_xor_sync(kAll, value, stride);
            bool ascending = (lane & size) == 0, lower = (lane & stride) == 0;
            value = (ascending == lower) == (value < other) ? value : other;
        }
    }
    y[i] = value;
}
