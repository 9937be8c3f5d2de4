// compute_80: products of small matrices in the registers of a warp. A is 16 x k by rows, B is k x 8 by columns, C and
// D are 16 x 8 by rows. Lane l loads by the layout of mma.sync: with g = l / 4 and t = l % 4,
//
//   A of 16 bits   rows g, g + 8; columns 2 t, 2 t + 1, and 8 more     A of tf32   rows g, g + 8; columns t, t + 4
//   B of 16 bits   column g; rows 2 t, 2 t + 1, and 8 more             B of tf32   column g; rows t, t + 4
//   C and D        rows g, g + 8; columns 2 t, 2 t + 1

struct Lane {
    int g, t;
    __device__ Lane() : g(threadIdx.x / 4), t(threadIdx.x % 4) {}
};

__device__ unsigned pair(const unsigned short* x) { return x[0] | static_cast<unsigned>(x[1]) << 16; }

__device__ void load(const float* c, float (&f)[4]) {
    Lane l;
    f[0] = c[l.g * 8 + 2 * l.t];
    f[1] = c[l.g * 8 + 2 * l.t + 1];
    f[2] = c[(l.g + 8) * 8 + 2 * l.t];
    f[3] = c[(l.g + 8) * 8 + 2 * l.t + 1];
}

__device__ void store(float* d, const float (&f)[4]) {
    Lane l;
    d[l.g * 8 + 2 * l.t] = f[0];
    d[l.g * 8 + 2 * l.t + 1] = f[1];
    d[(l.g + 8) * 8 + 2 * l.t] = f[2];
    d[(l.g + 8) * 8 + 2 * l.t + 1] = f[3];
}

extern "C" __global__ void mma_tf32_k4(const unsigned* a, const unsigned* b, const float* c, float* d) {
    Lane l;
    float f[4];
    load(c, f);
    asm("mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(f[0]), "+f"(f[1]), "+f"(f[2]), "+f"(f[3])
        : "r"(a[l.g * 4 + l.t]), "r"(a[(l.g + 8) * 4 + l.t]), "r"(b[l.g * 4 + l.t]));
    store(d, f);
}

extern "C" __global__ void mma_tf32_k8(const unsigned* a, const unsigned* b, const float* c, float* d) {
    Lane l;
    float f[4];
    load(c, f);
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(f[0]), "+f"(f[1]), "+f"(f[2]), "+f"(f[3])
        : "r"(a[l.g * 8 + l.t]), "r"(a[(l.g + 8) * 8 + l.t]), "r"(a[l.g * 8 + l.t + 4]),
          "r"(a[(l.g + 8) * 8 + l.t + 4]), "r"(b[l.g * 8 + l.t]), "r"(b[l.g * 8 + l.t + 4]));
    store(d, f);
}

#define MMA_K8(type)                                                                                            \
    extern "C" __global__ void mma_##type##_k8(                                                                 \
        const unsigned short* a, const unsigned short* b, const float* c, float* d) {                           \
        Lane l;                                                                                                 \
        float f[4];                                                                                             \
        load(c, f);                                                                                             \
        asm("mma.sync.aligned.m16n8k8.row.col.f32." #type "." #type                                             \
            ".f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"                                          \
            : "+f"(f[0]), "+f"(f[1]), "+f"(f[2]), "+f"(f[3])                                                    \
            : "r"(pair(a + l.g * 8 + 2 * l.t)), "r"(pair(a + (l.g + 8) * 8 + 2 * l.t)),                         \
              "r"(pair(b + l.g * 8 + 2 * l.t)));                                                                \
        store(d, f);                                                                                            \
    }

#define MMA_K16(type)                                                                                           \
    extern "C" __global__ void mma_##type##_k16(                                                                \
        const unsigned short* a, const unsigned short* b, const float* c, float* d) {                           \
        Lane l;                                                                                                 \
        float f[4];                                                                                             \
        load(c, f);                                                                                             \
        asm("mma.sync.aligned.m16n8k16.row.col.f32." #type "." #type                                            \
            ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"                              \
            : "+f"(f[0]), "+f"(f[1]), "+f"(f[2]), "+f"(f[3])                                                    \
            : "r"(pair(a + l.g * 16 + 2 * l.t)), "r"(pair(a + (l.g + 8) * 16 + 2 * l.t)),                       \
              "r"(pair(a + l.g * 16 + 2 * l.t + 8)), "r"(pair(a + (l.g + 8) * 16 + 2 * l.t + 8)),               \
              "r"(pair(b + l.g * 16 + 2 * l.t)), "r"(pair(b + l.g * 16 + 2 * l.t + 8)));                        \
        store(d, f);                                                                                            \
    }

MMA_K8(f16)
MMA_K8(bf16)
MMA_K16(f16)
MMA_K16(bf16)

// Sums in half precision too: two results a register.
extern "C" __global__ void mma_f16_half_sums(
    const unsigned short* a, const unsigned short* b, const unsigned short* c, unsigned* d) {
    Lane l;
    unsigned top, bottom;
    asm("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0, %1}, {%2, %3, %4, %5}, {%6, %7}, {%8, %9};"
        : "=r"(top), "=r"(bottom)
        : "r"(pair(a + l.g * 16 + 2 * l.t)), "r"(pair(a + (l.g + 8) * 16 + 2 * l.t)),
          "r"(pair(a + l.g * 16 + 2 * l.t + 8)), "r"(pair(a + (l.g + 8) * 16 + 2 * l.t + 8)),
          "r"(pair(b + l.g * 16 + 2 * l.t)), "r"(pair(b + l.g * 16 + 2 * l.t + 8)),
          "r"(pair(c + l.g * 8 + 2 * l.t)), "r"(pair(c + (l.g + 8) * 8 + 2 * l.t)));
    d[l.g * 4 + l.t] = top;
    d[(l.g + 8) * 4 + l.t] = bottom;
}
