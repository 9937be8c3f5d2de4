// compute_80: reductions of a warp in one instruction, and bfloat16.

constexpr unsigned kAll = 0xffffffffu;

extern "C" __global__ void reductions(const int* __restrict__ x, int* __restrict__ y) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int value = x[i];
    unsigned bits = value;
    int* out = y + 8 * i;
    out[0] = __reduce_add_sync(kAll, value);
    out[1] = __reduce_min_sync(kAll, value);
    out[2] = __reduce_max_sync(kAll, value);
    out[3] = __reduce_min_sync(kAll, bits);
    out[4] = __reduce_max_sync(kAll, bits);
    out[5] = __reduce_and_sync(kAll, bits);
    out[6] = __reduce_or_sync(kAll, bits);
    out[7] = __reduce_xor_sync(kAll, bits);
}

// float to bfloat16 (to nearest even) and back.
extern "C" __global__ void bfloat16_round(
    const float* __restrict__ x, unsigned short* __restrict__ y, float* __restrict__ back, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned short half;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(half) : "f"(x[i]));
    y[i] = half;
    back[i] = __uint_as_float(static_cast<unsigned>(half) << 16);
}

// Two floats to a pair of bfloat16, the first in the high half.
extern "C" __global__ void bfloat16_pairs(const float2* __restrict__ x, unsigned* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(x[i].x), "f"(x[i].y));
    y[i] = pair;
}
