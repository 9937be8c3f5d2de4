// Columns of a convolution: y[(c kh kw)][(oh ow)] = x[c][oh s - p + kh][ow s - p + kw], zero outside the picture.

extern "C" __global__ void im2col(
    const float* __restrict__ x, float* __restrict__ y, int channels, int height, int width, int kernel, int stride,
    int padding, int out_height, int out_width) {
    long long total = static_cast<long long>(channels) * kernel * kernel * out_height * out_width;
    for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < total;
         i += static_cast<long long>(gridDim.x) * blockDim.x) {
        int ow = i % out_width, oh = i / out_width % out_height;
        int row = i / (static_cast<long long>(out_width) * out_height);
        int kw = row % kernel, kh = row / kernel % kernel, c = row / (kernel * kernel);
        int ih = oh * stride - padding + kh, iw = ow * stride - padding + kw;
        bool inside = ih >= 0 && ih < height && iw >= 0 && iw < width;
        y[i] = inside ? x[(static_cast<long long>(c) * height + ih) * width + iw] : 0;
    }
}

// The way back: each pixel gathers the columns that it went to, in a fixed order.
extern "C" __global__ void col2im(
    const float* __restrict__ y, float* __restrict__ x, int channels, int height, int width, int kernel, int stride,
    int padding, int out_height, int out_width) {
    long long total = static_cast<long long>(channels) * height * width;
    for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < total;
         i += static_cast<long long>(gridDim.x) * blockDim.x) {
        int w = i % width, h = i / width % height, c = i / (static_cast<long long>(width) * height);
        float sum = 0;
        for (int kh = 0; kh < kernel; kh++) {
            int top = h + padding - kh;
            if (top < 0 || top % stride != 0 || top / stride >= out_height) continue;
            for (int kw = 0; kw < kernel; kw++) {
                int left = w + padding - kw;
                if (left < 0 || left % stride != 0 || left / stride >= out_width) continue;
                int row = (c * kernel + kh) * kernel + kw;
                sum += y[(static_cast<long long>(row) * out_height + top / stride) * out_width + left / stride];
            }
        }
        x[i] = sum;
    }
}
