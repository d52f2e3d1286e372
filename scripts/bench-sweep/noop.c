// A run that does nothing: leaves its score, and when it started and ended, in the file that it is told.
#include <stdio.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  double started = now();
  char temporary[4096];
  if (argc < 2) return 64;
  snprintf(temporary, sizeof temporary, "%s.tmp", argv[1]);
  FILE *file = fopen(temporary, "w");
  if (!file) return 73;
  fprintf(file, "{\"score\": 1, \"startMs\": %.3f, \"endMs\": %.3f}", started, now());
  if (fclose(file)) return 73;
  return rename(temporary, argv[1]) ? 73 : 0;
}
