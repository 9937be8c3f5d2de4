// Accesses that leave what they may touch. Each kernel has its twin without the fault; FAULT marks the lines to report.

// Off by one: thread n stores one past the end.
extern "C" __global__ void store_past_end_faulty(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) y[i] = x[i < n ? i : 0] * 2;  // FAULT
}

extern "C" __global__ void store_past_end_repaired(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] * 2;
}

// A stencil that looks one to the left of the first element.
extern "C" __global__ void load_before_start_faulty(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float left = x[i - 1];  // FAULT
    y[i] = x[i] - left;
}

extern "C" __global__ void load_before_start_repaired(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float left = i > 0 ? x[i - 1] : 0;
    y[i] = x[i] - left;
}

// A row length that is wrong by a factor: far from every allocation.
extern "C" __global__ void wild_index_faulty(const float* x, float* y, int rows, int columns) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= columns) return;
    int at = rows * columns * 4096 + i;
    y[i] = x[at];  // FAULT
}

extern "C" __global__ void wild_index_repaired(const float* x, float* y, int rows, int columns) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= columns) return;
    long long at = static_cast<long long>(rows - 1) * columns + i;
    y[i] = x[at];
}

// Shared memory: the block is one larger than the array.
extern "C" __global__ void past_shared_faulty(const int* x, int* y) {
    __shared__ int part[64];
    part[threadIdx.x] = x[threadIdx.x];  // FAULT
    __syncthreads();
    y[threadIdx.x] = part[63 - threadIdx.x % 64];
}

extern "C" __global__ void past_shared_repaired(const int* x, int* y) {
    __shared__ int part[65];
    part[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = part[63 - threadIdx.x % 64];
}

// Dynamic shared memory of fewer bytes than the kernel uses.
extern __shared__ int dynamic[];

extern "C" __global__ void past_dynamic_faulty(const int* x, int* y) {
    dynamic[threadIdx.x] = x[threadIdx.x];
    dynamic[threadIdx.x + blockDim.x] = x[threadIdx.x] + 1;  // FAULT
    __syncthreads();
    y[threadIdx.x] = dynamic[blockDim.x - 1 - threadIdx.x];
}

extern "C" __global__ void past_dynamic_repaired(const int* x, int* y) {
    dynamic[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = dynamic[blockDim.x - 1 - threadIdx.x] + 1;
}

// An array of a thread, indexed past its end.
extern "C" __global__ void past_local_faulty(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int counts[8];
    for (int j = 0; j < 8; j++) counts[j] = j;
    for (int j = 0; j < 3; j++) counts[x[i] + j] += 5;  // FAULT
    y[i] = counts[(x[i] + 1) % 8];
}

extern "C" __global__ void past_local_repaired(const int* x, int* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int counts[8];
    for (int j = 0; j < 8; j++) counts[j] = j;
    for (int j = 0; j < 3; j++) counts[(x[i] + j) % 8] += 5;
    y[i] = counts[(x[i] + 1) % 8];
}

// Four floats at once from an address that is a multiple of four bytes only.
extern "C" __global__ void misaligned_faulty(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (4 * i + 4 >= n) return;
    float4 v = *reinterpret_cast<const float4*>(x + 4 * i + 1);  // FAULT
    y[i] = v.x + v.y + v.z + v.w;
}

extern "C" __global__ void misaligned_repaired(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (4 * i + 4 >= n) return;
    const float* v = x + 4 * i + 1;
    y[i] = v[0] + v[1] + v[2] + v[3];
}

// The same in shared memory.
extern "C" __global__ void misaligned_shared_faulty(const float* x, double* y) {
    __shared__ float part[66];
    part[threadIdx.x] = x[threadIdx.x];
    if (threadIdx.x < 2) part[64 + threadIdx.x] = 0;
    __syncthreads();
    y[threadIdx.x] = *reinterpret_cast<double*>(part + threadIdx.x);  // FAULT
}

extern "C" __global__ void misaligned_shared_repaired(const float* x, double* y) {
    __shared__ __align__(8) float part[66];
    part[threadIdx.x] = x[threadIdx.x];
    if (threadIdx.x < 2) part[64 + threadIdx.x] = 0;
    __syncthreads();
    y[threadIdx.x] = *reinterpret_cast<double*>(part + threadIdx.x / 2 * 2);
}

// The host frees x before the launch; the repaired run frees it after.
extern "C" __global__ void after_free_faulty(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] + 1;  // FAULT
}

extern "C" __global__ void after_free_repaired(const float* x, float* y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i] + 1;
}
