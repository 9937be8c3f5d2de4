// Reads of what nobody wrote. FAULT marks the lines to report.

// The last element of the block's array is never written.
extern "C" __global__ void unwritten_shared_faulty(const int* x, int* y) {
    __shared__ int part[128];
    if (threadIdx.x + 1 < blockDim.x) part[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = part[blockDim.x - 1 - threadIdx.x];  // FAULT
}

extern "C" __global__ void unwritten_shared_repaired(const int* x, int* y) {
    __shared__ int part[128];
    part[threadIdx.x] = threadIdx.x + 1 < blockDim.x ? x[threadIdx.x] : 0;
    __syncthreads();
    y[threadIdx.x] = part[blockDim.x - 1 - threadIdx.x];
}

// Adds to an output that was allocated and never set; the repaired twin sets it.
extern "C" __global__ void unwritten_global_faulty(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] += x[i];  // FAULT
}

extern "C" __global__ void unwritten_global_repaired(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i];
}

// A count by atomics from a cell that was never set.
extern "C" __global__ void unwritten_atomic_faulty(const int* x, int* count, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && x[i] > 0) atomicAdd(count, 1);  // FAULT
}

extern "C" __global__ void unwritten_atomic_repaired(const int* x, int* count, int n) {
    if (threadIdx.x == 0) *count = 0;
    __syncthreads();
    int i = threadIdx.x;
    if (i < n && x[i] > 0) atomicAdd(count, 1);
}
