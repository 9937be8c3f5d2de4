// The other spaces: arrays of a thread, constants, dynamic shared memory; and narrow types.

// Ranks of a window's values through an array of a thread, indexed by what is read.
extern "C" __global__ void local_array(const unsigned char* __restrict__ x, int* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int counts[16];
    for (int j = 0; j < 16; j++) counts[j] = 0;
    for (int j = 0; j < 24; j++) counts[x[(i + j) % n] % 16]++;
    int best = 0;
    for (int j = 1; j < 16; j++)
        if (counts[j] > counts[best]) best = j;
    y[i] = best * 100 + counts[best];
}

__constant__ float smoothing[5] = {0.0625f, 0.25f, 0.375f, 0.25f, 0.0625f};
__constant__ short offsets[8] = {-4, -2, -1, 0, 1, 2, 4, 300};
__device__ int seen[4] = {7, 11, 13, 17};

extern "C" __global__ void smooth(const float* __restrict__ x, float* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float sum = 0;
    for (int j = 0; j < 5; j++) sum += smoothing[j] * x[min(max(i + j - 2, 0), n - 1)];
    y[i] = sum;
}

extern "C" __global__ void tables(int* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = offsets[i % 8] * seen[i % 4];
}

extern __shared__ __align__(16) unsigned char pool[];

// Reverses n values of each block, in dynamic shared memory, eight bytes after four.
extern "C" __global__ void reverse_dynamic(const int* __restrict__ x, int* __restrict__ y, double* __restrict__ z) {
    int n = blockDim.x, at = blockIdx.x * n;
    double* doubles = reinterpret_cast<double*>(pool);
    int* words = reinterpret_cast<int*>(pool + 8 * n);
    doubles[threadIdx.x] = x[at + threadIdx.x] * 0.5;
    words[threadIdx.x] = x[at + threadIdx.x];
    __syncthreads();
    y[at + threadIdx.x] = words[n - 1 - threadIdx.x];
    z[at + threadIdx.x] = doubles[n - 1 - threadIdx.x];
}

// Bytes and halfwords, signed and unsigned, loaded, widened, narrowed and stored.
extern "C" __global__ void narrow(
    const signed char* __restrict__ a, const unsigned char* __restrict__ b, const short* __restrict__ c,
    const unsigned short* __restrict__ d, signed char* __restrict__ p, unsigned short* __restrict__ q, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    p[i] = a[i] * 3 + b[i];
    q[i] = c[i] - d[i] / 3;
}

// Vector loads of two and four bytes and halfwords.
extern "C" __global__ void pixels(const uchar4* __restrict__ x, float4* __restrict__ y, short2* __restrict__ z, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    uchar4 v = x[i];
    y[i] = make_float4(v.x / 255.0f, v.y / 255.0f, v.z / 255.0f, v.w / 255.0f);
    z[i] = make_short2(v.x - v.y, v.z - v.w);
}
