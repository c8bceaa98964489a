/** The numbers of reads in flight over which readrandom-depth draws its curve, for engines and for the device. */
export const depths = [1, 2, 4, 8, 16, 32, 64] as const;
