// Every atomic operation, in 32 and 64 bits, in global and shared memory; their results do not depend on the order.

extern "C" __global__ void atomics32(const int* __restrict__ x, int* y, int n) {
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        atomicAdd(y + 0, x[i]);
        atomicSub(y + 1, x[i]);
        atomicMin(y + 2, x[i]);
        atomicMax(y + 3, x[i]);
        atomicAnd(y + 4, x[i] | 0x100);
        atomicOr(y + 5, x[i] & 0xff0f);
        atomicXor(y + 6, x[i]);
        atomicMin(reinterpret_cast<unsigned*>(y + 7), static_cast<unsigned>(x[i]));
        atomicMax(reinterpret_cast<unsigned*>(y + 8), static_cast<unsigned>(x[i]));
        atomicInc(reinterpret_cast<unsigned*>(y + 9), 12);
        atomicDec(reinterpret_cast<unsigned*>(y + 10), 12);
    }
}

extern "C" __global__ void atomics64(const long long* __restrict__ x, long long* y, int n) {
    unsigned long long* u = reinterpret_cast<unsigned long long*>(y);
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        unsigned long long value = static_cast<unsigned long long>(x[i]);
        atomicAdd(u + 0, value);
        atomicMin(y + 1, x[i]);
        atomicMax(y + 2, x[i]);
        atomicMin(u + 3, value);
        atomicMax(u + 4, value);
        atomicAnd(u + 5, value | 0x1000);
        atomicOr(u + 6, value & 0xfff0);
        atomicXor(u + 7, value);
    }
}

// Whole numbers, so that the sums are exact in any order.
extern "C" __global__ void atomics_float(const float* __restrict__ x, float* y, double* z, int n) {
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        atomicAdd(y, x[i]);
        atomicAdd(z, static_cast<double>(x[i]) * 0.5);
    }
}

// Each thread takes a ticket by exchange and by compare-and-swap; every ticket is taken once.
extern "C" __global__ void tickets(int* __restrict__ taken, int* next, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int seen = 0, mine;
    do {
        mine = seen;
        seen = atomicCAS(next, mine, mine + 1);
    } while (seen != mine);
    atomicAdd(taken + mine, 1);
}

// The product modulo a prime, by a loop of compare-and-swap in 64 bits.
extern "C" __global__ void product(const int* __restrict__ x, unsigned long long* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned long long seen = 1, expected;
    do {
        expected = seen;
        seen = atomicCAS(y, expected, expected * x[i] % 1000003);
    } while (seen != expected);
}

// In shared memory, then to global memory; the first to come swaps a mark.
extern "C" __global__ void atomics_shared(const int* __restrict__ x, int* y, int* firsts, int n) {
    __shared__ int sum, top, mark;
    __shared__ unsigned long long wide;
    if (threadIdx.x == 0) {
        sum = 0;
        top = 0;
        mark = 0;
        wide = 0;
    }
    __syncthreads();
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        atomicAdd(&sum, x[i]);
        atomicMax(&top, x[i]);
        atomicAdd(&wide, static_cast<unsigned long long>(x[i]) << 20);
        if (atomicExch(&mark, 1) == 0) atomicAdd(firsts, 1);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        atomicAdd(y, sum);
        atomicMax(y + 1, top);
        atomicAdd(y + 2, static_cast<int>(wide >> 20));
    }
}
