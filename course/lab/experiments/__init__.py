"""What the units measure, by Keras and TensorFlow themselves: the truths that checks hold answers
against, the mistakes people make beside them, and experiments for notebooks to show.

=========================  ============================================================
``first_steps``            unit 0: activations around max-pooling, layers in two modes
``scaling``                unit 1: batch normalisation, moving averages, optimisers
``convnets``               unit 2: map sizes, fields of view, ranks, damaged answers
``conv_truth``             unit 2: the right answers to its tasks
``friends``                unit 3: three cells of convolution, ReLU and pooling
``activations``            unit 3: which of twenty commute with max-pooling
``descent``                unit 3: signs of gradients, paths of gradient descent
``modes``                  unit 3: eager, graph and XLA
``order_truth``            unit 3: the right answers to its counting tasks
``norm_truth``             unit 4: batch normalisation, its gradients, folding: the right answers
``norm_facts``             unit 4: what Keras' layers say of biases, orders, folds; the controls
``norm_by_hand``           unit 4: nets with batch normalisation in NumPy
``norm_nets``              unit 4: the same nets in Keras, trained and timed
``dropping``               unit 5: dropout by the numbers, the right answers to its tasks
``dropped_nets``           unit 5: nets with dropout and normalisation in several orders
``report_table``           unit 6: the published table, and the right answers to its readings
``fifteen_layers``         unit 6: the report's net, built and trained again
``layer_views``            unit 6: what four ways of looking see in its layers
``norm_view``              unit 6: what a normalisation does to statistics of a class
``streams``                unit 6: batches that pass by once, and the mistakes made with them
``verdicts``               unit 6: what became of the report's conclusions
``orderings``              units 0, 4, 5, 6: how often their stated orders hold, seed by seed
=========================  ============================================================
"""
