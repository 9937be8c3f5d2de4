// Philox4x32-10 (Salmon et al., SC 2011): four words a counter.

__device__ uint4 philox(uint4 c, uint2 k) {
    for (int round = 0; round < 10; round++) {
        unsigned low0 = 0xD2511F53u * c.x, high0 = __umulhi(0xD2511F53u, c.x);
        unsigned low1 = 0xCD9E8D57u * c.z, high1 = __umulhi(0xCD9E8D57u, c.z);
        c = make_uint4(high1 ^ c.y ^ k.x, low1, high0 ^ c.w ^ k.y, low0);
        k.x += 0x9E3779B9u;
        k.y += 0xBB67AE85u;
    }
    return c;
}

// Counter i under a key; the upper words of the counter are the stream.
extern "C" __global__ void philox_blocks(
    unsigned long long seed, unsigned long long stream, uint4* __restrict__ y, int blocks) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= blocks) return;
    y[i] = philox(
        make_uint4(i, 0, static_cast<unsigned>(stream), static_cast<unsigned>(stream >> 32)),
        make_uint2(static_cast<unsigned>(seed), static_cast<unsigned>(seed >> 32)));
}

extern "C" __global__ void philox_counter(const uint4* counter, const uint2* key, uint4* y) {
    *y = philox(*counter, *key);
}

// Floats in [0, 1): the upper 24 bits of each word.
extern "C" __global__ void philox_uniform(
    unsigned long long seed, unsigned long long stream, float* __restrict__ y, int n) {
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i * 4 < n; i += gridDim.x * blockDim.x) {
        uint4 words = philox(
            make_uint4(i, 0, static_cast<unsigned>(stream), static_cast<unsigned>(stream >> 32)),
            make_uint2(static_cast<unsigned>(seed), static_cast<unsigned>(seed >> 32)));
        unsigned w[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
        for (int j = 0; j < 4; j++)
            if (i * 4 + j < n) y[i * 4 + j] = (w[j] >> 8) * (1.0f / (1 << 24));
    }
}
