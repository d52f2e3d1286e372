/**
 * The logit at which a hard-concrete gate, stretched to [-0.1, 1.1], is as likely on as off (Louizos et al. 2018); below
 * it a gate that is a group of its own is off.
 */
export const gateThreshold = (temperature: number): number => temperature * Math.log(0.1 / 1.1);
