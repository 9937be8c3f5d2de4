// Sums of a block, by a tree in shared memory and by shuffles; one partial sum a block.

// blockDim.x is a power of two, up to 256.
extern "C" __global__ void sum_shared(const float* __restrict__ x, float* __restrict__ partial, int n) {
    __shared__ float part[256];
    float sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) sum += x[i];
    part[threadIdx.x] = sum;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) partial[blockIdx.x] = part[0];
}

// blockDim.x is a multiple of 32.
extern "C" __global__ void sum_shuffle(const float* __restrict__ x, float* __restrict__ partial, int n) {
    __shared__ float part[32];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    float sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) sum += x[i];
    for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(0xffffffffu, sum, step);
    if (lane == 0) part[warp] = sum;
    __syncthreads();
    if (warp != 0) return;
    sum = lane < blockDim.x / 32 ? part[lane] : 0;
    for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, step);
    if (lane == 0) partial[blockIdx.x] = sum;
}

// The block that finishes last adds up the partial sums, in their order: one launch instead of two. blockDim.x is a
// power of two, up to 256; *finished is 0.
extern "C" __global__ void sum_last_block(
    const float* __restrict__ x, float* partial, float* __restrict__ total, unsigned* finished, int n) {
    __shared__ float part[256];
    __shared__ bool last;
    float sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) sum += x[i];
    part[threadIdx.x] = sum;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = part[0];
        __threadfence();
        last = atomicAdd(finished, 1u) == gridDim.x - 1;
    }
    __syncthreads();
    if (!last || threadIdx.x > 0) return;
    __threadfence();
    sum = 0;
    for (int i = 0; i < gridDim.x; i++) sum += partial[i];
    *total = sum;
}

// The largest value and its first index, packed in 64 bits so that one atomic decides.
extern "C" __global__ void arg_max(const unsigned* __restrict__ x, unsigned long long* best, int n) {
    unsigned long long mine = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        unsigned long long candidate = static_cast<unsigned long long>(x[i]) << 32 | (0xffffffffu - i);
        if (candidate > mine) mine = candidate;
    }
    atomicMax(best, mine);
}
