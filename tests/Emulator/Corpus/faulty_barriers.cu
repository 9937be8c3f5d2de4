// Barriers that not everybody reaches, and loops that do not end. FAULT marks the lines to report.

// Half of each warp waits at a barrier that the other half does not pass.
extern "C" __global__ void divergent_barrier_faulty(const int* x, int* y) {
    int value = x[threadIdx.x];
    if (threadIdx.x % 2 == 0) {
        __syncthreads();  // FAULT
        value += 1;
    } else {
        value *= 3;
    }
    y[threadIdx.x] = value;
    __syncthreads();  // FAULT
}

extern "C" __global__ void divergent_barrier_repaired(const int* x, int* y) {
    int value = x[threadIdx.x];
    __syncthreads();
    if (threadIdx.x % 2 == 0) {
        value += 1;
    } else {
        value *= 3;
    }
    y[threadIdx.x] = value;
    __syncthreads();
}

// The first warp counts on a barrier for two of its own; the second never comes to it.
extern "C" __global__ void lonely_barrier_faulty(int* y) {
    if (threadIdx.x < 32) asm volatile("bar.sync 1, 64;");  // FAULT
    y[threadIdx.x] = threadIdx.x;
}

extern "C" __global__ void lonely_barrier_repaired(int* y) {
    asm volatile("bar.sync 1, 64;");
    y[threadIdx.x] = threadIdx.x;
}

// The whole warp is asked to meet at a shuffle, while half of it waits at the barrier for the other.
extern "C" __global__ void divergent_shuffle_faulty(const int* x, int* y) {
    int value = x[threadIdx.x];
    if (threadIdx.x % 32 < 16) value += __shfl_xor_sync(0xffffffffu, value, 1);  // FAULT
    __syncthreads();  // FAULT
    y[threadIdx.x] = value;
}

extern "C" __global__ void divergent_shuffle_repaired(const int* x, int* y) {
    int value = x[threadIdx.x];
    if (threadIdx.x % 32 < 16) value += __shfl_xor_sync(0x0000ffffu, value, 1);
    __syncthreads();
    y[threadIdx.x] = value;
}

// A search that never finds what it looks for.
extern "C" __global__ void endless_faulty(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int at = i;
    while (x[at % n] != 1000) at++;  // FAULT
    y[i] = at;
}

extern "C" __global__ void endless_repaired(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int at = i;
    while (at < i + n && x[at % n] != 1000) at++;
    y[i] = at;
}

// Waits for a flag that only a later block would raise.
extern "C" __global__ void waits_for_block_faulty(volatile int* flag, int* y) {
    if (threadIdx.x == 0) {
        if (blockIdx.x == 0)
            while (*flag == 0) {  // FAULT
            }
        y[blockIdx.x] = *flag;
    }
}

extern "C" __global__ void waits_for_block_repaired(volatile int* flag, int* y) {
    if (threadIdx.x == 0) y[blockIdx.x] = *flag;
}
