"""Pure maths of single measures, worth reusing outside the detectors: arrays in, arrays out."""
