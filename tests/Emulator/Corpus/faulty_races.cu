// Two threads at one place with nothing between them. FAULT marks the lines of both: either may be reported.

// No barrier between the store and the neighbour's load.
extern "C" __global__ void missing_barrier_faulty(const int* x, int* y) {
    __shared__ int part[128];
    part[threadIdx.x] = 0;
    __syncthreads();
    part[threadIdx.x] = x[threadIdx.x];                   // FAULT
    y[threadIdx.x] = part[blockDim.x - 1 - threadIdx.x];  // FAULT
}

extern "C" __global__ void missing_barrier_repaired(const int* x, int* y) {
    __shared__ int part[128];
    part[threadIdx.x] = 0;
    __syncthreads();
    part[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = part[blockDim.x - 1 - threadIdx.x];
}

// A tree without the barrier of each level; the steps are wider than a warp.
extern "C" __global__ void tree_faulty(const int* x, int* y) {
    __shared__ int part[256];
    part[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2)
        if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];  // FAULT
    __syncthreads();
    if (threadIdx.x == 0) *y = part[0];
}

extern "C" __global__ void tree_repaired(const int* x, int* y) {
    __shared__ int part[256];
    part[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) part[threadIdx.x] += part[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) *y = part[0];
}

// The next tile is loaded while a slow warp still reads the last one.
extern "C" __global__ void overwritten_tile_faulty(const int* x, int* y, int tiles) {
    __shared__ int part[128];
    int sum = 0;
    for (int i = 0; i < tiles; i++) {
        part[threadIdx.x] = x[i * blockDim.x + threadIdx.x];  // FAULT
        __syncthreads();
        sum += part[(threadIdx.x + 32) % blockDim.x];  // FAULT
    }
    y[threadIdx.x] = sum;
}

extern "C" __global__ void overwritten_tile_repaired(const int* x, int* y, int tiles) {
    __shared__ int part[128];
    int sum = 0;
    for (int i = 0; i < tiles; i++) {
        part[threadIdx.x] = x[i * blockDim.x + threadIdx.x];
        __syncthreads();
        sum += part[(threadIdx.x + 32) % blockDim.x];
        __syncthreads();
    }
    y[threadIdx.x] = sum;
}

// Every block adds to one total without an atomic.
extern "C" __global__ void blocks_race_faulty(const int* x, int* total, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && threadIdx.x == 0) *total += x[i];  // FAULT
}

extern "C" __global__ void blocks_race_repaired(const int* x, int* total, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && threadIdx.x == 0) atomicAdd(total, x[i]);
}

// A neighbour's result of the same launch: the block before may not have run.
extern "C" __global__ void neighbour_block_faulty(const int* x, int* y, int* z) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i] * 2;  // FAULT
    __syncthreads();
    int other = (i + blockDim.x) % (gridDim.x * blockDim.x);
    z[i] = y[other];  // FAULT
}

extern "C" __global__ void neighbour_block_repaired(const int* x, int* y, int* z) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i] * 2;
    __syncthreads();
    int other = blockIdx.x * blockDim.x + (threadIdx.x + 1) % blockDim.x;
    z[i] = y[other];
}

// Within a block, in global memory, no barrier.
extern "C" __global__ void global_exchange_faulty(const int* x, int* y, int* z) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i] * 2;  // FAULT
    z[i] = y[blockIdx.x * blockDim.x + blockDim.x - 1 - threadIdx.x];  // FAULT
}

extern "C" __global__ void global_exchange_repaired(const int* x, int* y, int* z) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = x[i] * 2;
    __syncthreads();
    z[i] = y[blockIdx.x * blockDim.x + blockDim.x - 1 - threadIdx.x];
}

// Two threads store different values at one place.
extern "C" __global__ void two_writers_faulty(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i / 2] = x[i];  // FAULT
}

extern "C" __global__ void two_writers_repaired(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && i % 2 == 0) y[i / 2] = x[i];
}

// One thread stores plainly where others add by atomics.
extern "C" __global__ void plain_and_atomic_faulty(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    if (i == n - 1)
        *y = x[i];  // FAULT
    else
        atomicAdd(y, x[i]);  // FAULT
}

extern "C" __global__ void plain_and_atomic_repaired(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) atomicAdd(y, x[i]);
}
