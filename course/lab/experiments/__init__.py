"""What the units measure, by Keras and TensorFlow themselves: the truths that checks hold answers
against, the mistakes people make beside them, and experiments for notebooks to show.

=========================  ============================================================
``scaling``                unit 1: batch normalisation, moving averages, optimisers
``convnets``               unit 2: map sizes, fields of view, ranks, damaged answers
``conv_truth``             unit 2: the right answers to its tasks
``friends``                unit 3: three cells of convolution, ReLU and pooling
``activations``            unit 3: which of twenty commute with max-pooling
``descent``                unit 3: signs of gradients, paths of gradient descent
``modes``                  unit 3: eager, graph and XLA
``order_truth``            unit 3: the right answers to its counting tasks
=========================  ============================================================
"""
