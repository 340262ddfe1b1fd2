# What geomorph reads of the TPS files that `geomorph_reads.py` has written: one line for each landmark.
#
# Rscript geomorph_reads.R FILE.tps OUT.csv [negNA]

arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(geomorph))
read <- readland.tps(
  arguments[1], specID = "imageID", negNA = length(arguments) > 2, warnmsg = FALSE
)
rows <- do.call(rbind, lapply(seq_len(dim(read)[3]), function(specimen) {
  data.frame(
    specimen = dimnames(read)[[3]][specimen], landmark = seq_len(dim(read)[1]),
    x = read[, 1, specimen], y = read[, 2, specimen]
  )
}))
write.csv(rows, arguments[2], row.names = FALSE)
