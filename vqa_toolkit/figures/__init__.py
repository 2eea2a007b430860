"""An :class:`~vqa_toolkit.result.AnalysisResult` as pictures: every figure is returned, none is shown.

``style`` and ``downsample`` are light; ``timeline`` and ``curve`` import plotly when they are imported::

    from vqa_toolkit.figures.timeline import timeline
    timeline(vqa_toolkit.analyze("clip.mp4")).show()
"""
