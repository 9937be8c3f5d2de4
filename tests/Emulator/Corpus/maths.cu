// Arithmetic: double precision, the functions of the maths library, the fast ones, halves, and integers in all widths.

extern "C" __global__ void double_functions(const double* __restrict__ x, double* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    double v = x[i], p = fabs(v) + 0.5;
    double* out = y + 10 * i;
    out[0] = exp(v);
    out[1] = log(p);
    out[2] = sin(v);
    out[3] = cos(v);
    out[4] = pow(p, v / 3);
    out[5] = sqrt(p);
    out[6] = 1 / v;
    out[7] = tanh(v);
    out[8] = fma(v, v, -p);
    out[9] = floor(v * 7) / 3 - rint(v * 5) + trunc(v) * ceil(v);
}

extern "C" __global__ void float_functions(const float* __restrict__ x, float* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float v = x[i], p = fabsf(v) + 0.5f;
    float* out = y + 10 * i;
    out[0] = expf(v);
    out[1] = logf(p);
    out[2] = sinf(v);
    out[3] = cosf(v);
    out[4] = powf(p, v / 3);
    out[5] = sqrtf(p);
    out[6] = 1 / v;
    out[7] = tanhf(v);
    out[8] = rsqrtf(p);
    out[9] = floorf(v * 7) / 3 - rintf(v * 5) + truncf(v) * ceilf(v);
}

// The approximate instructions.
extern "C" __global__ void fast_functions(const float* __restrict__ x, float* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float v = x[i], p = fabsf(v) + 0.5f;
    float* out = y + 7 * i;
    out[0] = __expf(v);
    out[1] = __logf(p);
    out[2] = __sinf(v);
    out[3] = __cosf(v);
    out[4] = __fdividef(v, p);
    out[5] = __saturatef(v);
    out[6] = __powf(p, v);
}

// The four roundings of an operation.
extern "C" __global__ void roundings(
    const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float p = a[i], q = b[i];
    float* out = y + 12 * i;
    out[0] = __fadd_rn(p, q);
    out[1] = __fadd_rz(p, q);
    out[2] = __fadd_rd(p, q);
    out[3] = __fadd_ru(p, q);
    out[4] = __fmul_rz(p, q);
    out[5] = __fmul_rd(p, q);
    out[6] = __fmul_ru(p, q);
    out[7] = __fdiv_rz(p, q);
    out[8] = __fdiv_ru(p, q);
    out[9] = __fsqrt_rd(fabsf(p));
    out[10] = __fmaf_rz(p, q, p);
    out[11] = __fmaf_rd(p, q, p);
}

// float to half (to nearest even) and back, and conversions that saturate.
extern "C" __global__ void halves(
    const float* __restrict__ x, unsigned short* __restrict__ y, float* __restrict__ back, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned short half;
    float value;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(x[i]));
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(half));
    y[i] = half;
    back[i] = value;
}

extern "C" __global__ void conversions(
    const float* __restrict__ x, int* __restrict__ y, long long* __restrict__ z, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float v = x[i];
    int* out = y + 6 * i;
    out[0] = __float2int_rn(v);
    out[1] = __float2int_rz(v);
    out[2] = __float2int_rd(v);
    out[3] = __float2int_ru(v);
    out[4] = static_cast<int>(__float2uint_rz(v));
    out[5] = __float_as_int(__int2float_rz(__float_as_int(v)));
    z[2 * i] = __double2ll_rn(static_cast<double>(v) * 1e6);
    z[2 * i + 1] = __float2ll_rd(v);
}

extern "C" __global__ void integers(const int* __restrict__ a, const int* __restrict__ b, int* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int p = a[i], q = b[i];
    unsigned u = p, v = q;
    int* out = y + 16 * i;
    out[0] = p * q;
    out[1] = __mulhi(p, q);
    out[2] = __umulhi(u, v);
    out[3] = p / (q | 1);
    out[4] = p % (q | 1);
    out[5] = u / (v | 1);
    out[6] = u % (v | 1);
    out[7] = __popc(u) * 100 + __clz(p);
    out[8] = __brev(u);
    out[9] = __byte_perm(u, v, 0x6214);
    out[10] = __funnelshift_l(u, v, p & 31);
    out[11] = p >> (q & 31);
    out[12] = u >> (v & 31);
    out[13] = __ffs(p);
    out[14] = __sad(p, q, v);
    out[15] = max(p, q) - min(p, q) + abs(p >> 1);
}

extern "C" __global__ void integers64(
    const long long* __restrict__ a, const long long* __restrict__ b, long long* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    long long p = a[i], q = b[i];
    long long* out = y + 8 * i;
    out[0] = p * q;
    out[1] = __mul64hi(p, q);
    out[2] = p / (q | 1);
    out[3] = static_cast<unsigned long long>(p) % (static_cast<unsigned long long>(q) | 1);
    out[4] = __popcll(p) * 100 + __clzll(p);
    out[5] = __brevll(p);
    out[6] = p >> (q & 63);
    out[7] = max(p, q) ^ min(p, q);
}
