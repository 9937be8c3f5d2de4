// y[c][r] = x[r][c], by tiles of 32 x 32 in shared memory with a padded row. Blocks are 32 x 8.

extern "C" __global__ void __launch_bounds__(256)
    transpose(const float* __restrict__ x, float* __restrict__ y, int rows, int columns) {
    __shared__ float tile[32][33];
    int column = blockIdx.x * 32 + threadIdx.x, row = blockIdx.y * 32 + threadIdx.y;
    for (int j = 0; j < 32; j += 8)
        if (column < columns && row + j < rows) tile[threadIdx.y + j][threadIdx.x] = x[(row + j) * columns + column];
    __syncthreads();
    column = blockIdx.y * 32 + threadIdx.x;
    row = blockIdx.x * 32 + threadIdx.y;
    for (int j = 0; j < 32; j += 8)
        if (column < rows && row + j < columns) y[(row + j) * rows + column] = tile[threadIdx.x][threadIdx.y + j];
}
