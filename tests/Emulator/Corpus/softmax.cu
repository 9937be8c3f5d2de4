// Softmax of each row: a block takes a row. blockDim.x is a multiple of 32; dynamic shared memory holds a float a warp.

extern __shared__ float warps[];

template <typename F>
__device__ float across_block(float value, F combine) {
    for (int step = 16; step > 0; step /= 2) value = combine(value, __shfl_xor_sync(0xffffffffu, value, step));
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = value;
    __syncthreads();
    value = warps[0];
    for (int i = 1; i < blockDim.x / 32; i++) value = combine(value, warps[i]);
    __syncthreads();
    return value;
}

extern "C" __global__ void softmax(const float* __restrict__ x, float* __restrict__ y, int columns) {
    const float* row = x + static_cast<long long>(blockIdx.x) * columns;
    float* out = y + static_cast<long long>(blockIdx.x) * columns;
    float top = -3.402823466e+38f;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) top = fmaxf(top, row[i]);
    top = across_block(top, [](float p, float q) { return fmaxf(p, q); });
    float sum = 0;
    for (int i = threadIdx.x; i < columns; i += blockDim.x) sum += expf(row[i] - top);
    sum = across_block(sum, [](float p, float q) { return p + q; });
    for (int i = threadIdx.x; i < columns; i += blockDim.x) out[i] = expf(row[i] - top) / sum;
}
