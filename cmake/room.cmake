# A room is a static library of the files named, included from the repository root.
#   headgate_room(NAME SOURCES a.cpp ... [USES target ...])
function(headgate_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
    add_library(headgate_${name} STATIC ${ROOM_SOURCES})
    target_include_directories(headgate_${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(headgate_${name} PUBLIC ${ROOM_USES} PRIVATE ${ROOM_PRIVATE_USES})
    headgate_warnings(headgate_${name})
endfunction()

function(headgate_warnings target)
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
        # C++20 designated initialisers name what differs from the default; the rest is meant to be left out.
        -Wno-missing-field-initializers
        $<$<BOOL:${HEADGATE_WERROR}>:-Werror>)
    if(HEADGATE_SANITIZE)
        target_compile_options(${target} PUBLIC -fsanitize=${HEADGATE_SANITIZE} -fno-omit-frame-pointer)
        target_link_options(${target} PUBLIC -fsanitize=${HEADGATE_SANITIZE})
    endif()
endfunction()
