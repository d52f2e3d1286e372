"""What the TypeScript side emits: the wire's dataclasses and one module for each carried strategy."""
