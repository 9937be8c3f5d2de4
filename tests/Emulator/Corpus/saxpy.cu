// y = a x + y: one thread an element, a grid-stride loop, and four at a time.

extern "C" __global__ void saxpy(float a, const float* __restrict__ x, float* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = a * x[i] + y[i];
}

extern "C" __global__ void saxpy_strided(float a, const float* __restrict__ x, float* __restrict__ y, long long n) {
    long long step = static_cast<long long>(gridDim.x) * blockDim.x;
    for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < n; i += step)
        y[i] = a * x[i] + y[i];
}

// n is a multiple of four and both pointers are aligned to sixteen bytes.
extern "C" __global__ void saxpy_vector(float a, const float4* __restrict__ x, float4* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n / 4) return;
    float4 p = x[i], q = y[i];
    q.x = a * p.x + q.x;
    q.y = a * p.y + q.y;
    q.z = a * p.z + q.z;
    q.w = a * p.w + q.w;
    y[i] = q;
}

extern "C" __global__ void daxpy(double a, const double* __restrict__ x, double* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = a * x[i] + y[i];
}
