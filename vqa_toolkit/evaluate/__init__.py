"""Findings × labels → scores: how good each detector really is, with intervals.

::

    corpus ─read─▶ Clips ─measure (cached beside the corpus)─▶ signals ─judge by a profile─▶ findings
                                                                                               │
                 JSON · Parquet · HTML ◀─ Evaluation ◀─ scores, curves, intervals ◀─ match ◀── labels

Start with :func:`vqa_toolkit.evaluate.run.evaluate`; the pieces are usable alone: ``matching`` (pure, no media),
``scores``, ``bootstrap``, ``curves``, ``seconds``, ``maps``.
"""
