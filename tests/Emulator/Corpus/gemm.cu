// C = A B, row-major, A of m x k, B of k x n.

extern "C" __global__ void gemm_naive(
    const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int m, int n, int k) {
    int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= m || column >= n) return;
    float sum = 0;
    for (int i = 0; i < k; i++) sum += a[row * k + i] * b[i * n + column];
    c[row * n + column] = sum;
}

// A block of 64 threads computes a tile of 64 x 64, each thread 8 x 8 in registers (rows 8 ty to 8 ty + 7; columns
// 4 tx to 4 tx + 3 and 32 more). Tiles of A (transposed) and B, 16 deep, pass through shared memory. Four at a time
// where the tile lies inside the matrix and rows start on sixteen bytes, else one by one with zeros beyond the edge.
constexpr int kTile = 64, kDepth = 16, kThreads = 64;

__device__ inline float element(const float* x, int rows, int columns, int row, int column) {
    return row < rows && column < columns ? x[row * columns + column] : 0;
}

extern "C" __global__ void __launch_bounds__(kThreads) gemm_tiled(
    const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, int m, int n, int k) {
    __shared__ __align__(16) float ta[kDepth][kTile];
    __shared__ __align__(16) float tb[kDepth][kTile];
    int t = threadIdx.x, tx = t % 8, ty = t / 8;
    int row0 = blockIdx.y * kTile, column0 = blockIdx.x * kTile;
    bool inside = row0 + kTile <= m && column0 + kTile <= n && k % kDepth == 0 && n % 4 == 0 && k % 4 == 0;
    float sum[8][8] = {};

    for (int k0 = 0; k0 < k; k0 += kDepth) {
        if (inside) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                // A: a thread takes one row, four steps of four along k.
                float4 v = *reinterpret_cast<const float4*>(a + (row0 + t) * k + k0 + 4 * i);
                ta[4 * i + 0][t] = v.x;
                ta[4 * i + 1][t] = v.y;
                ta[4 * i + 2][t] = v.z;
                ta[4 * i + 3][t] = v.w;
                // B: sixteen threads take a row.
                int row = 4 * i + t / 16, column = t % 16 * 4;
                *reinterpret_cast<float4*>(&tb[row][column]) =
                    *reinterpret_cast<const float4*>(b + (k0 + row) * n + column0 + column);
            }
        } else {
            for (int i = 0; i < kDepth; i++) {
                ta[i][t] = element(a, m, k, row0 + t, k0 + i);
                tb[i][t] = element(b, k, n, k0 + i, column0 + t);
            }
        }
        __syncthreads();
#pragma unroll 4
        for (int i = 0; i < kDepth; i++) {
            float p[8], q[8];
#pragma unroll
            for (int j = 0; j < 8; j += 4) {
                *reinterpret_cast<float4*>(p + j) = *reinterpret_cast<const float4*>(&ta[i][8 * ty + j]);
                *reinterpret_cast<float4*>(q + j) = *reinterpret_cast<const float4*>(&tb[i][4 * tx + 8 * j]);
            }
#pragma unroll
            for (int r = 0; r < 8; r++)
#pragma unroll
                for (int s = 0; s < 8; s++) sum[r][s] += p[r] * q[s];
        }
        __syncthreads();
    }

#pragma unroll
    for (int r = 0; r < 8; r++) {
        int row = row0 + 8 * ty + r;
#pragma unroll
        for (int s = 0; s < 8; s += 4) {
            int column = column0 + 4 * tx + 8 * s;
            if (inside) {
                *reinterpret_cast<float4*>(c + row * n + column) =
                    make_float4(sum[r][s], sum[r][s + 1], sum[r][s + 2], sum[r][s + 3]);
            } else {
#pragma unroll
                for (int j = 0; j < 4; j++)
                    if (row < m && column + j < n) c[row * n + column + j] = sum[r][s + j];
            }
        }
    }
}
