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
/* SIN: error 2.0e-17 on [0.0, 0.617] */
#define SIN0 -0x1.5555555555555p-3
#define SIN1 0x1.1111111110bb1p-7
#define SIN2 -0x1.a01a019e8357dp-13
#define SIN3 0x1.71de37961e4c6p-19
#define SIN4 -0x1.ae600a926c89ap-26
#define SIN5 0x1.5e0af186af739p-33
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
#define LN2_0 0x1.62e42fee00000p-1
#define LN2_1 0x1.a39ef35793c76p-33
#define HALF_PI_0 0x1.921fb54400000p+0
#define HALF_PI_1 0x1.0b4611a600000p-34
#define HALF_PI_2 0x1.3198a2e037073p-69
#define LOG2E 0x1.71547652b82fep+0
#define TWO_BY_PI 0x1.45f306dc9c883p-1
