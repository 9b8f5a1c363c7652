/** The one table of exit codes. Every command of the project ends with one of these and with nothing else. */
export const EXIT = {
  pass: 0,
  /** The head build is slower, dearer or less correct than its base. */
  regression: 1,
  /** The command line or an input file is wrong, or something the command needs cannot be had. */
  usage: 2,
  /** The run could not have seen an effect as small as the tolerance. */
  inconclusive: 3,
  /** The measurement itself cannot be trusted: no verdict is given. */
  invalid: 4,
  /** An absolute objective was missed. */
  objective: 99,
  /** Ended by Ctrl-C (128 + SIGINT). */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
