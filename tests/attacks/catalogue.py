"""The attacks on notebook graders that are known: where each is tried, or why it does not apply.

1 to 14: the notebook's machinery; to 31: Python's names and runtime; to 39: objects that lie; to 60:
Keras and TensorFlow; to 80: processes, files, the system.
"""

import submissions

KNOWN = dict(
    enumerate(
        (
            "AST transformer drops assertions",
            "Input transformer blanks later cells",
            "Execution replaced",
            "Tracebacks hidden",
            "Hooks before and after cells",
            "Output message forged",
            "Numbers print as others",
            "Display hook patched",
            "More points than there are",
            "Grade markers printed",
            "Magics redefined",
            "Cells deleted, duplicated, reordered; ids, points, tags edited",
            "Cells inserted, types changed",
            "Rich output attacks the reader",
            "Grader shadowed in sys.modules",
            "Files shadow modules",
            "Import hook",
            "Code objects swapped",
            "Comparison patched",
            "Builtins patched",
            "Reference rebound by name",
            "Reference read from the caller",
            "Reference found in the heap",
            "Test source read",
            "Caller's locals written",
            "Trace and profile functions",
            "Threads, timers, finalizers",
            "Stateful answer",
            "Input mutated in place",
            "Shared state poisoned",
            "Generators and clock patched",
            "Equal to everything",
            "Number that lies",
            "Array function overridden",
            "Array ufunc overridden",
            "Object, masked and lazy arrays",
            "NaN passes a careless comparison",
            "Broadcasting and empty arrays",
            "Class forged",
            "Library class rebound",
            "Layer's method patched",
            "Operations patched",
            "Reference model aliased",
            "Oracle layer",
            "Stack walked from a layer",
            "Outputs remembered",
            "Structure spoofed",
            "Class of a model swapped",
            "Compute nested or hidden",
            "Degenerate weights",
            "Weights under the tolerance",
            "Inputs of one sign",
            "Inputs smaller than the pool",
            "Behaves by the training switch",
            "Weights ignored, frozen, shared",
            "Configuration lies or executes",
            "Malicious model file",
            "Trained before",
            "Training history faked",
            "Metric or loss patched",
            "SystemExit",
            "Hard exit",
            "Interrupts swallowed",
            "Endless output",
            "Memory, forks, threads, descriptors",
            "Huge models",
            "Parent killed",
            "Parent touched",
            "Gradebook and others' files",
            "Connection files of kernels",
            "Results file overwritten",
            "Secrets in the environment",
            "Network",
            "Persistence into the next run",
            "Pickle",
            "Archives and links",
            "Answer oracle",
            "Variant shopping",
            "Replay of others' work",
            "Prompt injection",
        ),
        start=1,
    )
)

#: Tried outside of :mod:`submissions`: {number: name of the test}.
ELSEWHERE = {
    12: "test_metadata_decides_nothing",
    13: "test_cells_between_change_nothing",
    14: "test_feedback_pages_run_nothing",
    16: "test_files_beside_the_notebook_reach_no_judge",
    24: "test_test_cells_never_enter_the_students_process",
    52: "test_inputs_without_power_are_refused",
    53: "test_inputs_without_power_are_refused",
    57: "test_no_configuration_is_deserialized",
    69: "test_files_are_isolated",
    70: "test_there_is_no_kernel",
    72: "test_no_secrets_in_the_environment",
    73: "test_the_network_is_isolated",
    74: "test_nothing_persists_into_the_next_job",
    76: "test_links_beside_a_notebook_are_not_followed",
    77: "test_a_notebook_that_runs_again_has_no_second_guess",
}

#: {number: why there is nothing to attack}.
DOES_NOT_APPLY = {
    71: "No results file: verdicts go from the judge's process to the coordinator over a socket.",
    78: "No variants: every student answers the same questions.",
    79: "Who wrote an answer is not decided here; seeds are drawn from each submission's bytes.",
    80: "No language model reads or grades anything.",
}


def tried() -> set[int]:
    return {n for attack in submissions.ATTACKS for n in attack.numbers} | set(ELSEWHERE)
