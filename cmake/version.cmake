# The commit a build came from, for `headgate version`: given with -DHEADGATE_COMMIT=..., else asked
# of git; a source archive without git says "unknown".
if(NOT HEADGATE_COMMIT)
    execute_process(COMMAND git rev-parse --short=12 HEAD
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE HEADGATE_COMMIT
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT HEADGATE_COMMIT)
    set(HEADGATE_COMMIT unknown)
endif()
