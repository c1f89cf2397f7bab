"""What a test cell reads of a student's, carried from the process that made it to the judge's.

::

    parcel       JSON and arrays <-> bytes; bounded, nothing that executes on loading
    expecting    the input shape that a model is wanted for, when a function is asked for one
    sending      the student's side: values -> a document; models by `apart`; the rest as handles
      apart      a Keras model -> stock layers and operations, whatever it was written with
    receiving    the judge's side: a document -> values, handles
      rebuilding stock layers and operations -> a model, within bounds
      traces     what calls were seen to do, to be done again
      allowed    the tables of what may be built
    remote       both ends of the wire: calls, attributes, errors

The judge judges only what it built itself. Of what stays behind it sees handles: what they answer
crosses the same way.
"""
