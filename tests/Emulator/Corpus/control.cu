// Control flow that takes a warp apart: loops of different lengths, early ends, a jump table, calls.

// Steps of Collatz for every start of a row, and the longest chain: a loop in a loop, each lane with its own count.
extern "C" __global__ void nested_loops(
    const int* __restrict__ x, int* __restrict__ steps, int* __restrict__ longest, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int total = 0, most = 0;
    for (int j = 0; j < x[i] % 7; j++) {
        unsigned value = x[i] + j;
        int count = 0;
        while (value > 1) {
            if (value % 2 == 0) {
                value /= 2;
            } else {
                if (value % 3 == 0 && count > 40) break;
                value = 3 * value + 1;
            }
            count++;
        }
        if (count == 13) continue;
        total += count;
        most = max(most, count);
    }
    steps[i] = total;
    longest[i] = most;
}

// Threads past the end leave before the barrier: a barrier waits for those that are left.
extern "C" __global__ void leave_before_barrier(const int* __restrict__ x, int* __restrict__ y, int n) {
    __shared__ int part[256];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    part[threadIdx.x] = x[i];
    __syncthreads();
    int last = min(static_cast<int>(blockDim.x), n - static_cast<int>(blockIdx.x * blockDim.x)) - 1;
    y[i] = part[last - threadIdx.x];
}

// All but the first warp leave after the first barrier.
extern "C" __global__ void leave_after_barrier(const int* __restrict__ x, int* __restrict__ y) {
    __shared__ int part[256];
    part[threadIdx.x] = x[blockIdx.x * blockDim.x + threadIdx.x];
    __syncthreads();
    if (threadIdx.x >= 32) return;
    int sum = 0;
    for (int i = threadIdx.x; i < blockDim.x; i += 32) sum += part[i];
    __syncthreads();
    part[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x > 0) return;
    for (int i = 1; i < 32; i++) sum += part[i];
    y[blockIdx.x] = sum;
}

// A dense switch, which becomes a tree of branches.
extern "C" __global__ void interpreter(
    const int* __restrict__ program, const int* __restrict__ x, int* __restrict__ y, int length, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int a = x[i], b = i;
    for (int pc = 0; pc < length; pc++) {
        switch (program[(pc + i) % length]) {
            case 0: a += b; break;
            case 1: a -= 3; break;
            case 2: b ^= a; break;
            case 3: a = a << 3 | static_cast<unsigned>(a) >> 29; break;
            case 4: b = a * 31 + b; break;
            case 5: a = b / 7; break;
            case 6: b = a % 11; break;
            case 7: a = ~b; break;
            case 8: b = max(a, b); break;
            case 9: a = a & b; break;
            default: y[i] = a ^ b; return;
        }
    }
    y[i] = a + b;
}

// A branch through a table of labels, written by hand as nvcc prefers trees.
__device__ int jump(int which, int a) {
    asm volatile(
        "{\n\t"
        "table: .branchtargets $add, $twice, $negate, $invert;\n\t"
        "brx.idx %1, table;\n"
        "$add:\n\t"
        "add.s32 %0, %0, 7;\n\t"
        "bra $done;\n"
        "$twice:\n\t"
        "shl.b32 %0, %0, 1;\n\t"
        "bra $done;\n"
        "$negate:\n\t"
        "neg.s32 %0, %0;\n\t"
        "bra $done;\n"
        "$invert:\n\t"
        "not.b32 %0, %0;\n"
        "$done:\n\t"
        "}"
        : "+r"(a)
        : "r"(which));
    return a;
}

extern "C" __global__ void jump_table(const int* __restrict__ x, int* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int a = x[i];
    for (int round = 0; round < 5; round++) a = jump((a ^ i) & 3, a);
    y[i] = a;
}

// Device functions that stay functions.
__device__ __noinline__ int divisor(int a, int b) {
    while (b != 0) {
        int r = a % b;
        a = b;
        b = r;
    }
    return a;
}

__device__ __noinline__ double polynomial(double x, const double* coefficients, int count) {
    double y = 0;
    for (int i = count - 1; i >= 0; i--) y = y * x + coefficients[i];
    return y;
}

__device__ __noinline__ float2 turn(float2 v, float c, float s) {
    return make_float2(c * v.x - s * v.y, s * v.x + c * v.y);
}

extern "C" __global__ void calls(const int* __restrict__ x, int* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    y[i] = x[i] % 3 == 0 ? -1 : divisor(x[i], i + 1) + divisor(i + 6, 9);
}

extern "C" __global__ void calls_double(
    const double* __restrict__ x, const double* __restrict__ coefficients, int count, double* __restrict__ y, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = polynomial(x[i], coefficients, count);
}

extern "C" __global__ void calls_struct(const float2* __restrict__ x, float2* __restrict__ y, float c, float s, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = turn(turn(x[i], c, s), c, s);
}

// The Ackermann function calls itself.
__device__ __noinline__ int ackermann(int m, int n) {
    return m == 0 ? n + 1 : ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

extern "C" __global__ void recursion(int* __restrict__ y) {
    y[threadIdx.x] = ackermann(threadIdx.x % 3, threadIdx.x / 3);
}
