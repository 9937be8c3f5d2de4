// Inclusive scan: each block scans its own stretch by shuffles and leaves its total; a second launch scans the totals,
// a third adds them. blockDim.x is a multiple of 32.

__device__ int scan_warp(int value) {
    int lane = threadIdx.x % 32;
    for (int step = 1; step < 32; step *= 2) {
        int left = __shfl_up_sync(0xffffffffu, value, step);
        if (lane >= step) value += left;
    }
    return value;
}

extern "C" __global__ void scan_blocks(
    const int* __restrict__ x, int* __restrict__ y, int* __restrict__ totals, int n) {
    __shared__ int warps[32];
    int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int value = scan_warp(i < n ? x[i] : 0);
    if (lane == 31) warps[warp] = value;
    __syncthreads();
    if (warp == 0) {
        int total = scan_warp(lane < blockDim.x / 32 ? warps[lane] : 0);
        __syncwarp();
        warps[lane] = total;
    }
    __syncthreads();
    if (warp > 0) value += warps[warp - 1];
    if (i < n) y[i] = value;
    if (threadIdx.x == blockDim.x - 1) totals[blockIdx.x] = value;
}

extern "C" __global__ void scan_add(const int* __restrict__ totals, int* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && blockIdx.x > 0) y[i] += totals[blockIdx.x - 1];
}
