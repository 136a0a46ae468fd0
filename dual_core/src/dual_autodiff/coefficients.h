/* Made by tools/minimax.py. */
/* EXP: error 1.1e-16 on [-0.3466, 0.3466] */
#define EXP0 0x1.0000000000001p-1
#define EXP1 0x1.5555555555556p-3
#define EXP2 0x1.5555555553d63p-5
#define EXP3 0x1.11111111109b3p-7
#define EXP4 0x1.6c16c1788bd90p-10
#define EXP5 0x1.a01a01a7c41d5p-13
#define EXP6 0x1.a019b90d2ae7ap-16
#define EXP7 0x1.71de0dae63bb3p-19
#define EXP8 0x1.289185613a3d6p-22
#define EXP9 0x1.af38a9b0ec855p-26
/* SIN: error 1.2e-20 on [0.0, 0.617] */
#define SIN0 -0x1.5555555555555p-3
#define SIN1 0x1.1111111111110p-7
#define SIN2 -0x1.a01a01a019936p-13
#define SIN3 0x1.71de3a54605eep-19
#define SIN4 -0x1.ae64541266378p-26
#define SIN5 0x1.61217ec01749dp-33
#define SIN6 -0x1.ab17a79237a19p-41
/* COS: error 1.3e-18 on [0.0, 0.617] */
#define COS0 0x1.5555555555555p-5
#define COS1 -0x1.6c16c16c16966p-10
#define COS2 0x1.a01a019f4e867p-16
#define COS3 -0x1.27e4fa17a41b4p-22
#define COS4 0x1.1eeb68b109173p-29
#define COS5 -0x1.907d7aebd5e3dp-37
/* LOG: error 3.1e-16 on [0.0, 0.02944] */
#define LOG0 0x1.5555555555558p-1
#define LOG1 0x1.99999999952e2p-2
#define LOG2 0x1.2492492df148dp-2
#define LOG3 0x1.c71c62e5800a1p-3
#define LOG4 0x1.7462b4ab2ef6bp-3
#define LOG5 0x1.39fe606542ddep-3
#define LOG6 0x1.2b584aae78a57p-3
/* ATAN: error 1.2e-18 on [0.0, 0.1716] */
#define ATAN0 -0x1.5555555555555p-2
#define ATAN1 0x1.9999999999953p-3
#define ATAN2 -0x1.249249248d7cap-3
#define ATAN3 0x1.c71c71c30300bp-4
#define ATAN4 -0x1.745d165d9ee17p-4
#define ATAN5 0x1.3b1392d04b71cp-4
#define ATAN6 -0x1.110e875de57ebp-4
#define ATAN7 0x1.e19a0439b3b4bp-5
#define ATAN8 -0x1.ac7a216389ddfp-5
#define ATAN9 0x1.74dbcb5c2167ap-5
#define ATAN10 -0x1.1b2e7e3386b79p-5
#define ATAN11 0x1.0ac7d2dc4c828p-6
/* LOG_TAIL: error 1.9e-18 on [0.0, 0.02944] */
#define LOG_TAIL0 0x1.999999999999ap-2
#define LOG_TAIL1 0x1.2492492492521p-2
#define LOG_TAIL2 0x1.c71c71c6eaa8dp-3
#define LOG_TAIL3 0x1.745d177a8f200p-3
#define LOG_TAIL4 0x1.3b1395d4f9e5fp-3
#define LOG_TAIL5 0x1.1118c74823a2ep-3
#define LOG_TAIL6 0x1.df7ce9a6bcccbp-4
#define LOG_TAIL7 0x1.e02d197c00c78p-4
#define LN2_0 0x1.62e42fee00000p-1
#define LN2_1 0x1.a39ef35793c76p-33
#define HALF_PI_0 0x1.921fb54400000p+0
#define HALF_PI_1 0x1.0b4611a600000p-34
#define HALF_PI_2 0x1.3198a2e037073p-69
#define TWO_THIRDS 0x1.5555555555555p-1
#define TWO_THIRDS_REST 0x1.5555555555555p-55
#define THIRD 0x1.5555555555555p-2
#define THIRD_REST 0x1.5555555555555p-56
#define LOG10E 0x1.bcb7b1526e50ep-2
#define LOG10E_REST 0x1.95355baaafad3p-57
#define QUARTER_PI 0x1.921fb54442d18p-1
#define QUARTER_PI_REST 0x1.1a62633145c07p-55
#define LN2 0x1.62e42fefa39efp-1
#define EIGHTH_TAN 0x1.a827999fcef32p-2
#define LOG2E 0x1.71547652b82fep+0
#define TWO_BY_PI 0x1.45f306dc9c883p-1
